// Where to go after signing in: the `from` of the address, if it is a page of this site.

const HOME_OF_USER = "/my.html";

/** A path of this site, or null; "//elsewhere", other schemes and tricks with backslashes are none. */
export function safePath(path) {
  if (!path || !path.startsWith("/")) return null;
  let address;
  try {
    address = new URL(path, location.origin);
  } catch {
    return null;
  }
  if (address.origin !== location.origin) return null;
  return address.pathname + address.search + address.hash;
}

const from = () => safePath(new URLSearchParams(location.search).get("from"));

export function comeBack() {
  location.assign(from() ?? HOME_OF_USER);
}

/** Links to sign-in and sign-up lead back to a path of this site. */
export function leadBackTo(path) {
  for (const link of document.querySelectorAll("a[href^='/login.html'], a[href^='/register.html']")) {
    link.href = `${link.pathname}?from=${encodeURIComponent(path)}`;
  }
}

/** Links between sign-in, sign-up and reset keep `from`. */
export function carryFrom() {
  const path = from();
  if (path === null) return;
  for (const link of document.querySelectorAll("a[data-carry-from]")) {
    const address = new URL(link.href);
    address.searchParams.set("from", path);
    link.href = address.pathname + address.search;
  }
}
