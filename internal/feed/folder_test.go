package feed

import (
	"maps"
	"testing"
)

// What lists call a folder leads to what the reader calls it now, whatever happened between.
func TestRefiledFolders(t *testing.T) {
	settings := map[string][]byte{}
	for _, c := range []struct {
		from, to string
		want     map[string]string
	}{
		{"Tech", "Technology", map[string]string{"Tech": "Technology", "Tech/Go": "Technology/Go", "Technical": "Technical", "": ""}},
		{"Technology/Go", "Go", map[string]string{"Tech": "Technology", "Tech/Go": "Technology/Go", "Technology/Go/X": "Go/X"}},
		{"Technology", "Work/Tech", map[string]string{"Tech": "Work/Tech", "Tech/Go": "Work/Tech/Go", "Technology": "Work/Tech"}},
		{"Work", "", map[string]string{"Tech": "Tech", "Work/News": "News", "Technology": "Tech"}},
		{"Tech", "Technology", map[string]string{"Tech": "Technology", "Technology": "Technology"}},
		{"Technology", "Tech", map[string]string{"Tech": "Tech", "Technology": "Tech"}},
	} {
		for name, v := range ReadRefiled(settings).Move(c.from, c.to) {
			if v == nil {
				delete(settings, name)
			} else {
				settings[name] = v
			}
		}
		r := ReadRefiled(settings)
		for folder, want := range c.want {
			if got := r.Of(folder); got != want {
				t.Errorf("%s renamed to %s: %q is %q now, want %q; %v", c.from, c.to, folder, got, want, r)
			}
		}
	}
	r := Refiled{"Tech": "T", "News/World": "W", "News": "N"}
	if got := r.Without([]string{"News/World/Asia", "Technical"}); !maps.Equal(got, Refiled{"Tech": "T"}) {
		t.Errorf("%v", got)
	}
}
