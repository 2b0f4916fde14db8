/** What is left of the gross weight without its container; null for what can not be weighed. */
export function netWeight(gross, tare) {
  const net = Number(gross) - Number(tare);
  return Number.isFinite(net) && Number(tare) >= 0 && net >= 0 ? net : null;
}
