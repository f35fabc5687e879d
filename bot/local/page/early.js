// Set the theme before anything is drawn, so that a dark page never flashes white.
{
  const kept = localStorage.getItem("theme") || "system";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = kept === "system" ? (dark ? "dark" : "light") : kept;
}
