#include "suites/registry.h"
