// The cursor over a chart: a line in every panel, and the values at it. The charts are drawn without this.
(function (root) {
  "use strict";
  function nearest(times, t) {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < t) low = middle + 1; else high = middle;
    }
    return low > 0 && t - times[low - 1] < times[low] - t ? low - 1 : low;
  }
  function attach(chart) {
    const source = chart.querySelector('script[type="application/json"]');
    if (!source || chart.dataset.attached) return;
    chart.dataset.attached = "1";
    const data = JSON.parse(source.textContent);
    const tip = chart.querySelector(".tip");
    const panels = Array.from(chart.querySelectorAll(".panel"));
    if (!data.t.length) return;
    const short = data.t1 - data.t0 < 3 * 864e5;
    function show(event) {
      const box = panels[0].getBoundingClientRect();
      const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      const i = nearest(data.t, data.t0 + part * (data.t1 - data.t0));
      const left = 100 * (data.t[i] - data.t0) / (data.t1 - data.t0);
      for (const panel of panels) {
        const cursor = panel.querySelector(".cursor");
        cursor.style.left = left + "%";
        cursor.style.display = "block";
      }
      tip.textContent = "";
      const when = new Date(data.t[i]).toISOString().replace("T", " ");
      const lines = [["", when.slice(0, short ? 19 : 16)]];
      for (const [name, values] of data.rows) if (values[i] !== null) lines.push([name, values[i]]);
      for (const [name, value] of lines) {
        const line = document.createElement("div");
        if (!name) { const bold = document.createElement("b"); bold.textContent = value; line.append(bold); }
        else {
          const text = value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
          line.textContent = name + " " + text;
        }
        tip.append(line);
      }
      tip.hidden = false;
      const x = box.left - chart.getBoundingClientRect().left + left / 100 * box.width;
      tip.style.left = Math.max(0, x > box.width / 2 ? x - tip.offsetWidth - 12 : x + 12) + "px";
      tip.style.top = (panels[0].offsetTop + 8) + "px";
    }
    function hide() {
      tip.hidden = true;
      for (const panel of panels) panel.querySelector(".cursor").style.display = "none";
    }
    for (const panel of panels) {
      panel.addEventListener("pointermove", show);
      panel.addEventListener("pointerdown", show);
      panel.addEventListener("pointerleave", hide);
    }
  }
  root.querySelectorAll(".ba .chart").forEach(attach);
})(document);
