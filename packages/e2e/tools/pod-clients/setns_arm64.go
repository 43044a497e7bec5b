package main

// See syscalls(2); the package syscall ends before it.
const sysSetns = 268
