#include <cstring>
#include "harness/worker.hpp"
#include "harness/session.hpp"
#include "reports/console_sink.hpp"
#include "reports/progress_sink.hpp"
#include "reports/jsonl_sink.hpp"
#include <cstdio>
using namespace gemmark;
int main(int argc,char**argv){ if(argc>1&&!strcmp(argv[1],"worker")) return worker_main(worker_commands_fd,worker_records_fd,worker_heartbeat_fd);
 RunOptions o; o.time_limit_s=atof(argv[1]); for(int i=2;i<argc;i++) o.problems.push_back(argv[i]); if(getenv("HOT")) o.modes={Mode::hot}; if(getenv("T1")) o.threads={1};
 struct L:Listener{ void on_result(const ResultRecord&r)override{ printf("%-28s %s t%d %s n=%zu med=%g ci=%g gf=%.1f frac=%.3f own=%.3f %s %s err=%g/%g\n",r.kernel.c_str(),r.precision.c_str(),r.threads,r.status.c_str(),r.samples_s.size(),r.median_s.value_or(0),r.ci95_s?(r.ci95_s->second-r.ci95_s->first)/2/ *r.median_s*100:0,r.tflops.value_or(0)*1e3,r.ceiling_fraction.value_or(0),r.backend_ceiling_fraction.value_or(0),r.why.c_str(),r.verification.c_str(),r.error.value_or(0),r.error_bound.value_or(0));}
 void on_ceiling(const CeilingRecord&c)override{printf("%s %s t%d %g %s %s\n",c.name.c_str(),c.precision.value_or("").c_str(),c.threads,c.value,c.unit.c_str(),c.shape.c_str());}
 void on_progress(const Progress&p)override{ if(getenv("V")) fprintf(stderr,"%d/%d %s: %s %.1f left %.1f\n",p.comparison,p.comparisons,p.what.c_str(),p.doing.c_str(),p.elapsed_s,p.left_s);} } l;
 auto s=run_session(o,{&l}); printf("wall %.2f setup %.2f verify %.2f sampling %.2f ceil %.2f\n",s.wall_s,s.setup_s,s.verification_s,s.sampling_s,s.ceiling_s); }
