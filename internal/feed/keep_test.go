package feed

import "testing"

func TestParseKeep(t *testing.T) {
	for text, want := range map[string]Keep{"": {}, " ever ": {Ever: true}, "30d": {Days: 30}, "30D": {Days: 30}, "100": {Newest: 100}} {
		got, err := ParseKeep(text)
		if err != nil || got != want {
			t.Errorf("ParseKeep(%q) = %+v, %v, want %+v", text, got, err, want)
		}
		if again, err := ParseKeep(got.String()); err != nil || again != got {
			t.Errorf("%+v is written %q, which is read as %+v, %v", got, got.String(), again, err)
		}
	}
	for _, text := range []string{"0", "0d", "-5", "d", "forever", "36501d", "1000001", "1.5d", "30 d"} {
		if got, err := ParseKeep(text); err == nil {
			t.Errorf("ParseKeep(%q) = %+v, want an error", text, got)
		}
	}
}
