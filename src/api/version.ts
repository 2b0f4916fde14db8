/** Version of this build of Tare. */
export const VERSION = "0.1.0";
