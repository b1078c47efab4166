// Names of threads, and which of them give way: where a loop thread measures, everything else of
// the program stands back, or decoding a burst delays the stamps of the next one.
//
// Where it stands: first thing that a thread does. Affects the calling thread alone.
//
//   name_this_thread("decode");
//   step_back_this_thread();
#pragma once

namespace assay {

// As `top -H` and `perf` show it; the kernel keeps 15 characters.
void name_this_thread(const char* name);

// Where the program was started in a real-time class (SCHED_FIFO, SCHED_RR): to the class's lowest
// priority, and from there to ordinary scheduling. It stays in the class because the kernel gives
// ordinary threads that a real-time one starves their share in turns of tens of milliseconds, which
// would stop the loop for so long. Otherwise ten steps nicer, up to the kernel's 19. What the
// kernel refuses stays as it is: standing back is a courtesy, no condition.
void step_back_this_thread();

}  // namespace assay
