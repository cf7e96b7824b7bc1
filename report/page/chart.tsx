import type {PlotOptions} from '@observablehq/plot';
import {plot} from '@observablehq/plot';
import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';

interface ChartProps {
  readonly title: string;
  /** What the chart shows, in words: for those who cannot see it. */
  readonly description: string;
  readonly height: number;
  readonly build: (width: number) => PlotOptions;
  readonly children?: ComponentChildren;
}

/** Charts are drawn when they come near the window: a page of many trials is ready before all its charts are. */
const nearby = '600px';
const narrowest = 280;

/** A plot that is as wide as there is room. */
export function Chart({title, description, height, build, children}: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const near = useNearness(frame);
  useEffect(() => {
    if (!near || width === 0) return;
    const drawn = plot({
      width,
      height,
      marginTop: 26,
      marginBottom: 42,
      ...build(width),
      style: {background: 'none', fontSize: '12px'},
    });
    // The frame tells what the chart shows; its marks would be read out one by one.
    drawn.setAttribute('aria-hidden', 'true');
    frame.current?.replaceChildren(drawn);
  }, [near, width, height, build]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={frame} role="img" aria-label={description} style={{minHeight: `${String(height)}px`}} />
      {children}
    </figure>
  );
}

function useWidth(frame: {readonly current: HTMLElement | null}): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(narrowest, Math.floor(entry.contentRect.width)));
    });
    if (frame.current !== null) observer.observe(frame.current);
    return () => {
      observer.disconnect();
    };
  }, [frame]);
  return width;
}

/** True once the frame came near the window, or the page is printed. */
function useNearness(frame: {readonly current: HTMLElement | null}): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const show = (): void => {
      setNear(true);
    };
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({isIntersecting}) => isIntersecting)) show();
      },
      {rootMargin: nearby},
    );
    if (frame.current !== null) observer.observe(frame.current);
    window.addEventListener('beforeprint', show);
    return () => {
      observer.disconnect();
      window.removeEventListener('beforeprint', show);
    };
  }, [frame]);
  return near;
}
