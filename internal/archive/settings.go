package archive

import (
	"bytes"
	"errors"
	"image/png"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
)

// fate is what becomes of a setting.
type fate int

const (
	unheard    fate = iota // nobody has said
	carried                // it leaves, and is taken in
	onDemand               // it leaves with the subscribers
	staysAlone             // it never leaves, and is never taken in
)

// fateOf decides about each setting that the program knows. Others may be secrets, and stay.
func fateOf(name string) fate {
	if feed.IsFeedKey(name) {
		return onDemand
	}
	for _, x := range []struct {
		fate         fate
		names, begin []string
	}{
		{carried, []string{"feed-id", "fold", "timetable", "pictures", "layout", "read-on-scroll", "language", "starter-dismissed", "first-feeds", "dedup/rules"},
			[]string{"fold/", feed.PreferencePrefix, feed.SettingRefiled, "site/", "feed-stamp/"}},
		// Secrets of this machine, what was found behind addresses, which is found again, and
		// when marks were taken back: by stories' numbers, for devices that know this address.
		{staysAlone, []string{"password", "picture-key", "retaken"}, []string{"session/", "discovered/"}},
	} {
		if slices.Contains(x.names, name) || slices.ContainsFunc(x.begin, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return x.fate
		}
	}
	return unheard
}

type settingLine struct {
	Name  string `json:"name"`
	Value []byte `json:"value"`
}

func (l *settingLine) fact() (any, error) {
	if f := fateOf(l.Name); f != carried && f != onDemand {
		return nil, errors.New("a setting of that name isn't taken from an archive")
	}
	return &feed.KeptSetting{Name: l.Name, Value: l.Value}, nil
}

// Bounds of an icon, whose side is 64 pixels at most.
const (
	mostIcon = 64 << 10
	iconSide = 64
)

type iconLine struct {
	Source text      `json:"source"`
	Due    time.Time `json:"due,omitzero"`
	PNG    []byte    `json:"png,omitempty"`
}

// fact takes nothing for an icon but a small PNG: browsers will be given it.
func (l *iconLine) fact() (any, error) {
	if l.Source == "" {
		return nil, errors.New("the icon has no source")
	}
	if len(l.PNG) > 0 {
		c, err := png.DecodeConfig(bytes.NewReader(l.PNG))
		if err != nil || len(l.PNG) > mostIcon || c.Width > iconSide || c.Height > iconSide {
			return nil, errors.New("the icon is no PNG, or a large one")
		}
	}
	return &feed.KeptIcon{Source: string(l.Source), Due: at(l.Due), PNG: l.PNG}, nil
}
