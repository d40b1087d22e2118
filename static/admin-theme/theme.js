// The admin follows the theme that was chosen for the pages.

const chosen = document.cookie.split("; ").find((part) => part.startsWith("theme="))?.slice("theme=".length);
localStorage.setItem("adminTheme", JSON.stringify(chosen === "light" || chosen === "dark" ? chosen : "auto"));
