# Read by llama.cpp's own CMakeLists.txt, where llama-cpp-python insists on a library that only its command lines use.
set(LLAMA_BUILD_COMMON OFF)
