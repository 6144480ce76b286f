package main

import (
	"context"
	"flag"
	"fmt"

	"tidings/internal/feed"
	"tidings/internal/picture"
)

// pictures are the flags that say how pages show pictures.
type pictures struct {
	show  showing
	cache int64 // of the cache on disk, in MiB
}

func pictureFlags(f *flag.FlagSet) *pictures {
	p := &pictures{}
	f.Var(&p.show, "pictures", "how pages show pictures, whatever the settings page says: `HOW` is proxy (through tidings), direct (from publishers) or none")
	f.Int64Var(&p.cache, "picture-cache", picture.DefaultCap>>20, "how many `MIB` of pictures are kept on disk, beside the data file; 0: none")
	return p
}

// showing is a flag that takes a way of showing pictures.
type showing feed.Showing

func (s *showing) String() string { return string(*s) }

func (s *showing) Set(v string) error {
	if v != "" && string(feed.ParseShowing(v)) != v {
		return fmt.Errorf("want proxy, direct or none, not %q", v)
	}
	*s = showing(v)
	return nil
}

// proxy makes what shows pictures in publishers' place; nil where that isn't wanted.
// The pictures are kept beside the data file, and may be deleted at any time.
func (h *house) proxy(ctx context.Context) (*picture.Proxy, error) {
	p := h.serving.pictures
	switch feed.Showing(p.show) {
	case feed.ShowDirectly, feed.ShowNothing:
		return nil, nil
	}
	o := picture.Options{Log: h.log, Cap: p.cache << 20}
	if p.cache > 0 {
		o.Dir = *h.serving.data + ".pictures"
	}
	return picture.New(ctx, h.store, h.fetch, o)
}
