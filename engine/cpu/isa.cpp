// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/isa.h"

#include "engine/cpu/kernels/select.h"

#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <fstream>

namespace roundhouse {
namespace {

struct Features {
  bool avx2 = false;        // and FMA, F16C
  bool avx512 = false;      // F, BW, DQ, VL, VNNI
  bool avx512_bf16 = false;
};

#if defined(__x86_64__)
// Clang 16's __builtin_cpu_supports does not know this name. F16C computes in the AVX registers: who asks, asks for AVX2 too.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

// Asks the processor and whether the operating system saves the registers.
Features detect() {
  Features found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  found.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  found.avx512 = found.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vnni");
  found.avx512_bf16 = found.avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  return found;
}

std::string model_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    const auto colon = line.find(':');
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos && colon + 2 < line.size()) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

struct Name {
  Isa isa;
  const char* name;
};
constexpr Name names[] = {{Isa::automatic, "automatic"}, {Isa::reference, "reference"}, {Isa::avx2, "avx2"},
                          {Isa::avx512, "avx512"}, {Isa::amx, "amx"}};

}  // namespace

const char* isa_name(Isa isa) {
  for (const Name& entry : names) {
    if (entry.isa == isa) return entry.name;
  }
  return "unknown";
}

Result<Isa> parse_isa(const std::string& name) {
  for (const Name& entry : names) {
    if (name == entry.name) return entry.isa;
  }
  std::string expected;
  for (const Name& entry : names) expected += (expected.empty() ? "" : ", ") + std::string(entry.name);
  return Error{ErrorCode::invalid_argument, "choose instruction set", "isa", "one of " + expected, "\"" + name + "\""};
}

std::vector<Isa> available_isas() {
  const Features found = detect();
  std::vector<Isa> isas{Isa::reference};
  if (found.avx2) isas.push_back(Isa::avx2);
  if (found.avx512) isas.push_back(Isa::avx512);
  return isas;
}

bool has_avx512_bf16() { return detect().avx512_bf16; }

std::string processor_description() {
  const Features found = detect();
  const int cores = usable_cores();
  std::string text = model_name() + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
  if (found.avx2) text += ", AVX2";
  if (found.avx512) text += found.avx512_bf16 ? ", AVX-512 VNNI BF16" : ", AVX-512 VNNI";
  return text;
}

}  // namespace roundhouse
