#!/usr/bin/env bash
# Rebuild qarepo_graph/report/page/echarts.min.js: Apache ECharts with only the chart types the report draws.
# Needs npm; run it by hand when the version below changes.
set -euo pipefail
version=6.1.0
target="$(cd "$(dirname "$0")/.." && pwd)/qarepo_graph/report/page/echarts.min.js"
work="$(mktemp -d)"
cd "$work"
npm init -y >/dev/null
npm install --silent "echarts@$version" esbuild@0.28.2
cat >entry.js <<'JS'
import * as echarts from "echarts/core";
import { BarChart, LineChart, TreemapChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
echarts.use([BarChart, TreemapChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);
export const { init } = echarts;
JS
npx esbuild entry.js --bundle --minify --format=iife --global-name=echarts --target=es2020 --legal-comments=none \
  --banner:js="/*! Apache ECharts $version, Apache License 2.0, https://echarts.apache.org */" --outfile="$target"
