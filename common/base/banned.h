/*
 * banned.h - turns functions we do not want into compile errors.
 *
 * The Makefile puts this in front of every file with -include.  Each line says
 * what to use instead.  The allocation functions are not here, because system
 * headers that come later mention them; `make lint` looks for those.
 */
#ifndef COMMON_BASE_BANNED_H
#define COMMON_BASE_BANNED_H

/* The real declarations first, so that the headers themselves still compile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets /* struct strbuf */
#pragma GCC poison strtok atoi atol atof               /* num_parse_*() */
#pragma GCC poison gmtime localtime ctime asctime      /* clock_*(), the _r forms */

#endif
