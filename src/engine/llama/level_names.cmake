# Gives every symbol that an instruction level defines a name of its own: what ld -r and objcopy do in one object where the linker knows
# both (CMakeLists.txt), for objects of PE.
#
#   cmake -DNM=... -DOBJCOPY=... -DLEVEL=avx2 -DOUTPUT=cpu-avx2 -DOBJECTS=a.obj;b.obj -P level_names.cmake
#
# Writes OUTPUT.0.obj, OUTPUT.1.obj, ...; ggml_backend_cpu_reg becomes xb_llama_cpu_LEVEL, any other name name.LEVEL.
execute_process(COMMAND ${NM} --extern-only --defined-only --format=posix ${OBJECTS} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${lines}")
set(map "ggml_backend_cpu_reg xb_llama_cpu_${LEVEL}\n")
set(seen)
foreach(line IN LISTS lines)
  if(line MATCHES "^([^ ]+) [A-Z] " AND NOT CMAKE_MATCH_1 STREQUAL "ggml_backend_cpu_reg")
    list(APPEND seen "${CMAKE_MATCH_1}")
  endif()
endforeach()
list(REMOVE_DUPLICATES seen)
foreach(name IN LISTS seen)
  string(APPEND map "${name} ${name}.${LEVEL}\n")
endforeach()
file(WRITE "${OUTPUT}.names" "${map}")
set(number 0)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${OBJCOPY} --redefine-syms=${OUTPUT}.names ${object} ${OUTPUT}.${number}.obj COMMAND_ERROR_IS_FATAL ANY)
  math(EXPR number "${number} + 1")
endforeach()
