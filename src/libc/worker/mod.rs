//! Workers: os.Worker is to come. C may say already how their runtimes and contexts are to be made.
