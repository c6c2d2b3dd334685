/** A term that is on or off, with its name beside it. */

interface CheckProps {
  readonly id: string;
  readonly name: string;
  readonly isOn: boolean;
  readonly set: (isOn: boolean) => void;
}

export function Check({ id, name, isOn, set }: CheckProps) {
  return (
    <label class="alert-check">
      <input id={id} type="checkbox" checked={isOn} onChange={(event) => set(event.currentTarget.checked)} />
      {name}
    </label>
  );
}
