// Adds up the histograms of logs that have one tag, and prints percentiles as JSON:
// node percentiles.js TAG FILE...
const { readFileSync } = require("node:fs");
const hdr = require("hdr-histogram-js");

const [tag, ...files] = process.argv.slice(2);
const sum = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 3600e9, numberOfSignificantValueDigits: 3, bitBucketSize: 64 });
for (const file of files) {
  const reader = new hdr.HistogramLogReader(readFileSync(file, "utf8"));
  for (let h = reader.nextIntervalHistogram(); h !== null; h = reader.nextIntervalHistogram()) {
    if (h.tag === tag) sum.add(h);
  }
}
const result = { count: sum.totalCount };
for (const p of [50, 75, 90, 95, 99, 99.9, 99.99]) result["p" + p] = sum.getValueAtPercentile(p);
console.log(JSON.stringify(result));
