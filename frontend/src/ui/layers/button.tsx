/** Opens the layers of the map. */

import { usePage } from "../use_page";

export function LayersButton() {
  const { layersShown } = usePage();
  return (
    <button
      id="layers-tool"
      type="button"
      aria-expanded={layersShown.isOpen.value}
      title="What is drawn over the map (y)"
      onClick={() => layersShown.toggle()}
    >
      layers
    </button>
  );
}
