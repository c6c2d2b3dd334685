/** What the map of this coin leaves open, each limit with its figures as they are now. */

import { fetchCaveats } from "../../api/caveats";
import { figureText } from "../../model/caveat_text";
import { Sums } from "../parts";
import { useCoinAnswer } from "../use_coin_answer";

export function Caveats() {
  const { answer, problem } = useCoinAnswer("limits", fetchCaveats);
  if (problem !== null) return <p>{problem}</p>;
  if (answer === null) return <p role="status">Figures of this coin are being worked out.</p>;
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
