/** What the map of this coin leaves open, each limit with its figures as they are now. */

import { fetchCaveats } from "../../api/caveats";
import { figureText } from "../../model/caveat_text";
import { Sums } from "../parts";
import { useAnswer, usePage } from "../use_page";

const EVERY_MS = 60_000;

export function Caveats() {
  const page = usePage();
  const [coin, at] = [page.coin.value, page.at.value ?? undefined];
  const minute = Math.floor((page.clusters.value?.as_of_ms ?? 0) / EVERY_MS);
  const key = page.panel.value === "limits" && coin !== null ? `${coin} ${at ?? minute}` : null;
  const { answer, problem } = useAnswer(key, (signal) => fetchCaveats(coin ?? "", signal, at));
  if (problem !== null) return <p>{problem}</p>;
  if (answer === null || answer.coin !== coin) return <p role="status">Figures of this coin are being worked out.</p>;
  return (
    <div id="caveats">
      {answer.caveats.map(({ key: name, title, figures }) => (
        <section key={name} data-caveat={name}>
          <h3>{title}</h3>
          <Sums rows={figures.map((figure) => [figure.name, figureText(figure)] as const)} />
        </section>
      ))}
    </div>
  );
}
