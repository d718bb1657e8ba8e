/// <reference lib="dom" />
// A newcomer looks for the guides: they stand open in the sidebar until somebody closes them.
try {
  for (const group of ["Guides", "Packages"]) {
    const key = `tsd-accordion-${group}`;
    if (localStorage.getItem(key) === null) localStorage.setItem(key, "true");
  }
} catch {
  // Storage is forbidden: they stay closed.
}
