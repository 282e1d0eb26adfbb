#include "kernels/api/problem.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

namespace {

std::string reason(std::string_view text) {
  try {
    parse_problem(text);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a problem has one spelling") {
  const auto [text, canonical] = GENERATE(table<std::string, std::string>({
      {"gemm m=1 n=2 k=3 in=fp32", "gemm m=1 n=2 k=3 in=fp32"},
      {"gemm  in=bf16 k=3 n=2 m=1 out=bf16 lda=3 alpha=1.0 ta=0", "gemm m=1 n=2 k=3 in=bf16"},
      {"gemm m=1 n=2 k=3 in=int8 out=s32 tb=1 const=b", "gemm m=1 n=2 k=3 in=int8 tb=1 const=b"},
      {"gemm m=4 n=4 k=4 in=fp16 out=fp32 lda=9 alpha=0.1 beta=-2",
       "gemm m=4 n=4 k=4 in=fp16 out=fp32 lda=9 alpha=0.1 beta=-2"},
      {"gemm m=1 n=8 k=200 in=w4a16 tb=1 ldb=2048", "gemm m=1 n=8 k=200 in=w4a16 tb=1"},
      {"conv n=1 c=3 h=8 w=8 k=4 r=3 s=3 pad=1 layout=nchw in=fp32",
       "conv n=1 c=3 h=8 w=8 k=4 r=3 s=3 pad=1 in=fp32 layout=nchw"},
      {"attention b=1 hq=8 hkv=2 sq=4 skv=9 d=64 dv=64 causal=1 in=bf16",
       "attention b=1 hq=8 hkv=2 sq=4 skv=9 d=64 causal=1 in=bf16"},
  }));
  CHECK(to_text(parse_problem(text)) == canonical);
  CHECK(to_text(parse_problem(canonical)) == canonical);
}

TEST_CASE("a comparison leaves the precision out") {
  CHECK(comparison_text(parse_problem("gemm m=1 n=2 k=3 in=bf16 out=fp32 tb=1")) == "gemm m=1 n=2 k=3 tb=1");
}

TEST_CASE("4-bit weights take whole blocks with their scales") {
  const Problem problem = parse_problem("gemm m=1 n=8 k=4096 in=w4a16 tb=1");
  CHECK(operand_shapes(problem).in[1].span_bytes() == 8 * 2 * (2048 / 2 + 16 * 2));
  CHECK(compulsory_bytes(problem) == 4096 * 2 + 8 * 4096 * (4 + 16.0 / 128) / 8 + 8 * 2);
  CHECK(std::get<Gemm>(parse_problem("gemm m=1 n=8 k=2049 in=w4a16 tb=1")).ldb() == 4096);
  CHECK(reason("gemm m=1 n=8 k=200 in=w4a16 tb=1 ldb=2050").find("no multiple of 2048") != std::string::npos);
  CHECK(reason("gemm m=3 n=8 k=7 in=int4 lda=9").find("no multiple of 2") != std::string::npos);
}

TEST_CASE("what is wrong with a problem is said with its place") {
  CHECK(reason("gem m=1") == "line 1, column 1: 'gem' is no operation; expected gemm, conv or attention");
  CHECK(reason("") == "line 1, column 1: '' is no operation; expected gemm, conv or attention");
  CHECK(reason("gemm m=1 n=2 in=fp32") == "line 1, column 21: 'k=' is missing");
  CHECK_THAT(reason("gemm M=1 n=2 k=3 in=fp32"),
             ContainsSubstring("line 1, column 6: unknown key 'M'; expected one of m, n"));
  CHECK(reason("gemm m=0 n=2 k=3 in=fp32") ==
        "line 1, column 8: m=0 is not possible; expected an integer from 1 to 2147483647");
  CHECK(reason("gemm m=-4 n=2 k=3 in=fp32").find("column 8: m=-4") != std::string::npos);
  CHECK(reason("gemm m=1000000000000000000 n=2 k=3 in=fp32").find("2147483647") != std::string::npos);
  CHECK(reason("gemm m=99999999999999999999 n=2 k=3 in=fp32").find("2147483647") != std::string::npos);
  CHECK(reason("gemm m=1x n=2 k=3 in=fp32").find("expected an integer") != std::string::npos);
  CHECK(reason("gemm m=1 m=2 n=2 k=3 in=fp32") == "line 1, column 10: 'm' is given twice");
  CHECK(reason("gemm m=1 n=2 k=3 in=fp31").find("expected one of fp64, fp32") != std::string::npos);
  CHECK(reason("gemm m=1 n=2 k=3 in=fp32 size=3").find("unknown key 'size'; expected one of m, n, k") !=
        std::string::npos);
  CHECK(reason("gemm m=1 n=2 k=3 in=fp32 alpha=nan").find("a finite number") != std::string::npos);
  CHECK(reason("gemm m=1 n=2 k=3 in=fp32 lda=2").find("lda=2 is smaller") != std::string::npos);
  CHECK(reason("gemm m=2147483647 n=2147483647 k=2147483647 in=fp32").find("2^50 bytes") !=
        std::string::npos);
  CHECK(reason("gemm m=1000 n=1 k=1 in=fp32 lda=2147483647 batch=100000").find("2^50") != std::string::npos);
  CHECK(reason("gemm m") == "line 1, column 6: 'm' is not key=value");
  CHECK(reason("conv n=1 c=3 h=2 w=2 k=4 r=3 s=3 in=fp32").find("larger than the padded") !=
        std::string::npos);
}

TEST_CASE("operations are counted as the field counts them") {
  CHECK(flops(parse_problem("gemm m=2 n=3 k=5 batch=7 in=fp32")) == 2 * 2 * 3 * 5 * 7);
  CHECK(compulsory_bytes(parse_problem("gemm m=2 n=3 k=5 in=fp32")) == 4 * (10 + 15 + 6));
  CHECK(compulsory_bytes(parse_problem("gemm m=2 n=3 k=5 in=fp32 beta=1")) == 4 * (10 + 15 + 12));
  // Of 49 outputs of a 1×1 filter with padding 3 and stride 2 on 7×7, only a few see the image.
  const Problem conv = parse_problem("conv n=16 c=2048 h=7 w=7 k=512 r=1 s=1 stride=2 pad=3 in=fp32");
  CHECK(flops_padded(conv) == 2.0 * 16 * 512 * 2048 * 49);
  CHECK(flops(conv) == 2.0 * 16 * 512 * 2048 * 9);
  CHECK(flops(parse_problem("attention b=2 hq=4 hkv=4 sq=8 skv=8 d=64 in=bf16")) == 4.0 * 2 * 4 * 64 * 64);
  CHECK(flops(parse_problem("attention b=1 hq=1 hkv=1 sq=2 skv=5 d=1 causal=1 in=bf16")) == 4.0 * (4 + 5));
}

TEST_CASE("narrow floats round to nearest even and back") {
  const Dtype dtype = GENERATE(Dtype::f16, Dtype::bf16, Dtype::e4m3, Dtype::e5m2);
  const std::uint32_t count = 1u << info(dtype).bits;
  double previous = 0;
  for (std::uint32_t bits = 0; bits < count; ++bits) {
    const double value = decode_float(dtype, bits);
    if (value != value) continue;
    REQUIRE(encode_float(dtype, value) == bits);
    // Halfway to the next value goes to the even one of the two.
    if (bits > 0 && bits < count / 2 && value - previous < 1e300)
      REQUIRE(encode_float(dtype, (value + previous) / 2) == (bits % 2 == 0 ? bits : bits - 1));
    previous = value;
  }
}

TEST_CASE("known values of the narrow floats") {
  CHECK(encode_float(Dtype::bf16, 1) == 0x3f80);
  CHECK(encode_float(Dtype::f16, 65504) == 0x7bff);
  CHECK(encode_float(Dtype::f16, 65520) == 0x7c00);
  CHECK(encode_float(Dtype::f16, 0x1p-24) == 1);
  CHECK(encode_float(Dtype::e4m3, 448) == 0x7e);
  CHECK(encode_float(Dtype::e4m3, 1000) == 0x7f);
  CHECK(encode_float(Dtype::e5m2, -57344) == 0xfb);
}
