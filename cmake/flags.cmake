# Compiler and linker flags of our own code: the interface target xybrid_flags.
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  # -O3 grows the library by a third and speeds nothing up that was measured. Unwind tables are a tenth of it, and nothing may
  # unwind through it; a build for profiling is RelWithDebInfo, which has them.
  set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG -fno-asynchronous-unwind-tables -fno-unwind-tables")
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # room before functions, loops and jumps: 3 % of the library, and no benchmark shows it
    string(APPEND CMAKE_C_FLAGS_RELEASE " -falign-functions=1 -falign-jumps=1 -falign-loops=1")
  endif()
endif()
add_library(xybrid_flags INTERFACE)
target_include_directories(xybrid_flags INTERFACE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
target_compile_definitions(xybrid_flags INTERFACE XYBRID_BUILD $<$<BOOL:${XYBRID_FAULTS}>:XB_FAULTS>
  $<$<BOOL:${XYBRID_CHECKED_HANDLES}>:XB_CHECKED_HANDLES>)

if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  # -Wno-maybe-uninitialized: gcc cannot see that an out-parameter is written when the status is OK
  # -ffp-contract=off: the same bits with and without fused multiply-add, on every compiler
  target_compile_options(xybrid_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla
    -Wmissing-prototypes -Wpointer-arith -Wundef -Wwrite-strings $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> -ffp-contract=off -fno-math-errno
    -ffunction-sections -fdata-sections -fno-strict-aliasing $<$<BOOL:${XYBRID_WERROR}>:-Werror>)
  if(MINGW AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # its isnan, isinf and isfinite convert a double to float in a branch that is never taken; other targets check these lines
    target_compile_options(xybrid_flags INTERFACE -Wno-float-conversion)
  endif()
  if(XYBRID_SANITIZE)
    set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g1") # -O2 takes four times as long over the generated decoders, to run no faster
    add_compile_options(-fsanitize=${XYBRID_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${XYBRID_SANITIZE})
  endif()
  if(NOT APPLE AND NOT CMAKE_SYSTEM_NAME STREQUAL "WASI")
    target_link_options(xybrid_flags INTERFACE -Wl,--gc-sections)
  endif()
endif()

find_package(Threads)
set(XYBRID_LINK_LIBRARIES "")
if(UNIX AND NOT CMAKE_SYSTEM_NAME STREQUAL "WASI")
  list(APPEND XYBRID_LINK_LIBRARIES m ${CMAKE_DL_LIBS} Threads::Threads)
endif()
