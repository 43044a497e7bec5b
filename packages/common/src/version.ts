/** The one version of everything in this repository: packages, images and chart. A check holds it against each package.json. */
export const VERSION = "0.1.0";
