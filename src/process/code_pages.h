/*
 * The program's own code on large pages.
 */
#ifndef KILN_PROCESS_CODE_PAGES_H
#define KILN_PROCESS_CODE_PAGES_H

/*
 * Move the code of the program to memory that the kernel can back with large pages, at the
 * addresses that it has. CPython's parser jumps about in more code than the processor keeps
 * addresses of small pages for; with large ones compiling takes some percent less time. It costs
 * about two milliseconds and the size of the code in memory, which forked processes share. To be
 * called while there is one thread. It is only a wish: where it cannot be done, nothing is.
 */
void code_use_large_pages(void);

#endif
