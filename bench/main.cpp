#include "bench/command_line.hpp"

int main(int argc, char** argv) { return gemmark::command_line(argc, argv); }
