/*
 * The texts of files that programs below `kiln run` load, *.py of this folder.
 */
#ifndef KILN_RUN_FILES_H
#define KILN_RUN_FILES_H

extern const char run_ask[];	       /* ask.py */
extern const char run_main[];	       /* run.py */
extern const char run_module[];	       /* _fi_run.py */
extern const char run_pytest[];	       /* _fi_pytest.py */
extern const char run_sitecustomize[]; /* sitecustomize.py */

#endif
