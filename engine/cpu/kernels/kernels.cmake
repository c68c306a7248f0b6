# SPDX-License-Identifier: Apache-2.0
# Sources of the fast kernels in ROUNDHOUSE_KERNEL_SOURCES. Each instruction set's files get its flags and no others do;
# test_cpu_kernel_symbols checks that nothing of them can be shared with code that runs everywhere.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(ROUNDHOUSE_KERNEL_SOURCES kernels/select_x86.cpp)
  set(avx2_flags -mavx2;-mfma;-mf16c)
  set(avx512_flags ${avx2_flags};-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vnni)
  foreach(isa avx2 avx512)
    foreach(part attention matrix product_bf16 product_f16 product_f32 product_q4_0 product_q4_k product_q6_k product_q8_0 table)
      list(APPEND ROUNDHOUSE_KERNEL_SOURCES kernels/${isa}/${part}.cpp)
      # The vectors are written out: what the compiler would add only disturbs them. GCC 12 takes the intrinsics'
      # deliberately undefined operands for mistakes.
      set_source_files_properties(kernels/${isa}/${part}.cpp PROPERTIES COMPILE_OPTIONS
        "${${isa}_flags};-fno-tree-vectorize;-fno-tree-slp-vectorize;-Wno-uninitialized;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")
    endforeach()
  endforeach()
  list(APPEND ROUNDHOUSE_KERNEL_SOURCES kernels/avx512/matrix_bf16.cpp)
  set_source_files_properties(kernels/avx512/matrix_bf16.cpp PROPERTIES COMPILE_OPTIONS
    "${avx512_flags};-mavx512bf16;-fno-tree-vectorize;-fno-tree-slp-vectorize;-Wno-uninitialized;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")
else()
  set(ROUNDHOUSE_KERNEL_SOURCES kernels/select_none.cpp)
endif()
