// Put into the page: times frames and long tasks, and watches whether rows move under the reader.
window.recorder = (() => {
  let frames = [];
  let tasks = [];
  let moved = 0;
  let isOn = false;
  const met = new Set();
  new PerformanceObserver((list) => {
    if (isOn) for (const entry of list.getEntries()) tasks.push(entry.duration);
  }).observe({ type: "longtask" });

  const list = () => document.querySelector(".scroller");
  const topRow = () => {
    const edge = list()?.getBoundingClientRect().top ?? 0;
    for (const article of document.querySelectorAll(".list-row > article")) {
      const box = article.getBoundingClientRect();
      if (box.bottom > edge + 1) return { article, top: box.top - edge, scroll: list().scrollTop };
    }
    return null;
  };
  const note = () => {
    for (const article of document.querySelectorAll(".list-row > article")) met.add(article.getAttribute("aria-label"));
  };
  const start = () => {
    frames = [];
    tasks = [];
    moved = 0;
    met.clear();
    isOn = true;
    let before = performance.now();
    let row = topRow();
    const frame = (now) => {
      if (!isOn) return;
      frames.push(now - before);
      before = now;
      note();
      if (row?.article.isConnected) {
        const top = row.article.getBoundingClientRect().top - list().getBoundingClientRect().top;
        if (Math.abs(top - row.top) > 1) moved += 1;
      }
      row = topRow();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
  const stop = () => {
    isOn = false;
    // The first frame began before the recording.
    return { frames: frames.slice(1), tasks, moved };
  };
  return {
    start,
    stop,
    readyAt: window.__ready ?? 0,
    seen: () => met.size,
    items: () => Number(document.querySelector(".list-row")?.getAttribute("aria-setsize") ?? 0),
    fromEnd: () => Math.abs(list().scrollHeight - list().clientHeight - list().scrollTop),
  };
})();
