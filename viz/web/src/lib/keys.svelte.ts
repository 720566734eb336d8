/** Keys of one letter: who dictates or rests a hand on the keyboard can turn them off (WCAG 2.1.4). */
const KEPT = 'krydsfelt.keys';

class LetterKeys {
  on = $state(localStorage.getItem(KEPT) !== 'off');
  set(on: boolean) {
    this.on = on;
    localStorage.setItem(KEPT, on ? 'on' : 'off');
  }
}
export const letterKeys = new LetterKeys();
