/**
 * Which of these shared libraries (paths) cannot be loaded, each with the loader's words. The driver of a GPU is not missed: it comes with
 * the machine that has one.
 */
export const unloadable = (libraries: readonly string[]): readonly string[] =>
  libraries.flatMap((library) => {
    const answer = whyNot(library);
    return ofMachine.test(answer) ? [] : [`${library}: ${answer}`];
  });

// Node loads a library, finds no addon in it and says so: then all that it needs was found.
const ofMachine = /did not self-register|^lib(cuda|nvidia-ml)\.so\.1: cannot open shared object file/;

function whyNot(library: string): string {
  try {
    process.dlopen({exports: {}}, library);
    return 'Module did not self-register';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
