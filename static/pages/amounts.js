// An amount is grouped as the organization's region does when one leaves its field.

document.addEventListener("change", ({ target }) => {
  const { group, decimal } = target.dataset;
  const typed = target.value?.trim() ?? "";
  if (!group || !/^\d+([.,]\d{0,2})?$/.test(typed)) return;
  const [whole, cents] = typed.split(/[.,]/);
  target.value = whole.replace(/\B(?=(\d{3})+$)/g, group) + (cents ? decimal + cents : "");
});
