#include "reports/registry.h"
