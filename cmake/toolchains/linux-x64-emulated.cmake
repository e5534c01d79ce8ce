# The ordinary Linux x64 library on processors that this machine is not: this machine's compiler, tests run in qemu. The
# environment variable QEMU_CPU names the processor: Nehalem has SSE4.2 and no AVX (x86-64-v2), max all that qemu knows.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-x86_64)
