package server

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/opml"
	"tidings/internal/words"
	"tidings/web"
)

// pack is a curated list of feeds on one subject in one language, to begin with.
type pack struct {
	Name     string // of its page
	Title    string // in its language
	Language string
	Feeds    []opml.Outline
}

// readPacks reads the packs that the program brings, by language, then by name.
func readPacks() (ps []pack, err error) {
	names, err := fs.Glob(web.Packs(), "packs/*.opml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(web.Packs(), name)
		if err != nil {
			return nil, err
		}
		list, err := opml.Read(bytes.NewReader(b), opml.Limits{})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		p := pack{Name: strings.TrimSuffix(path.Base(name), ".opml"), Title: list.Title, Feeds: list.Feeds}
		_, p.Language, _ = strings.Cut(p.Name, "-")
		ps = append(ps, p)
	}
	return ps, nil
}

// packLink leads to a pack.
type packLink struct {
	Href, Title, Lang, Tongue string
	Feeds                     int
	Near                      bool   // in the reader's language, or in English
	Names                     string // of some of its feeds
}

// packNames is how many feeds a link to a pack names.
const packNames = 4

// packLinks lists the packs, those in the reader's language first, then the English ones.
func (s *Server) packLinks(l *words.Language) (links []packLink) {
	rank := func(p pack) int {
		switch {
		case strings.HasPrefix(l.Tag(), p.Language):
			return 0
		case p.Language == "en":
			return 1
		}
		return 2
	}
	ps := slices.Clone(s.packs)
	subjects := []string{"world", "technology", "science"}
	subject := func(p pack) int { return slices.Index(subjects, strings.TrimSuffix(p.Name, "-"+p.Language)) }
	slices.SortStableFunc(ps, func(a, b pack) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Language, b.Language), cmp.Compare(subject(a), subject(b)))
	})
	for _, p := range ps {
		k := packLink{Near: rank(p) < 2, Href: "/packs/" + p.Name, Title: p.Title, Lang: p.Language, Tongue: tongueName(p.Language), Feeds: len(p.Feeds)}
		var names []string
		for _, f := range p.Feeds[:min(len(p.Feeds), packNames)] {
			names = append(names, f.Title)
		}
		k.Names = strings.Join(names, ", ")
		links = append(links, k)
	}
	return links
}

// tongueName is the name of a language in itself.
func tongueName(tag string) string {
	switch tag {
	case "en":
		return "English"
	case "de":
		return "Deutsch"
	case "fr":
		return "Français"
	case "es":
		return "Español"
	case "zh":
		return "中文"
	case "ar":
		return "العربية"
	}
	return tag
}

// packsPage lists all packs, or shows one of them.
type packsPage struct {
	Frame
	Packs   []packLink // all of them
	Pack    *pack      // or the one that is shown
	Rows    []packRow
	Folders []string
}

// packRow is a feed of a pack.
type packRow struct {
	URL, Title, Site string
	Feed             string // its number, where it is followed already
}

func (s *Server) packList(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	frame, err := s.frame(r, l.T("Feeds to begin with · tidings"), "feeds")
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "packs", packsPage{Frame: frame, Packs: s.packLinks(l)})
}

// pack finds the pack that an address names.
func (s *Server) pack(r *http.Request) (*pack, error) {
	i := slices.IndexFunc(s.packs, func(p pack) bool { return p.Name == r.PathValue("name") })
	if i < 0 {
		return nil, notFound("There is no such list of feeds.")
	}
	return &s.packs[i], nil
}

// showPack shows what is in a pack, before anything is subscribed to.
func (s *Server) showPack(w http.ResponseWriter, r *http.Request) error {
	k, err := s.pack(r)
	if err != nil {
		return err
	}
	list, err := s.Store.Outlets(r.Context())
	if err != nil {
		return err
	}
	p := packsPage{Pack: k, Folders: folders(list)}
	for _, f := range k.Feeds {
		row := packRow{URL: f.URL, Title: f.Title, Site: f.SiteURL}
		if i := slices.IndexFunc(list, func(o feed.Outlet) bool { return o.URL == f.URL }); i >= 0 {
			row.Feed = number(list[i].Feed)
		}
		p.Rows = append(p.Rows, row)
	}
	l := words.From(r.Context())
	if p.Frame, err = s.frame(r, l.T("%s · tidings", k.Title), "feeds"); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "packs", p)
}

// takePack subscribes to those feeds of a pack that the form chose.
func (s *Server) takePack(w http.ResponseWriter, r *http.Request) error {
	k, err := s.pack(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	l, folder := words.From(r.Context()), cleanFolder(r.PostForm.Get("folder"))
	var wishes []feed.Wish
	for _, f := range k.Feeds {
		if slices.Contains(r.PostForm["feed"], f.URL) {
			wish := f.Wish()
			wish.Folder = folder
			wishes = append(wishes, wish)
		}
	}
	if len(wishes) == 0 {
		return s.done(w, r, "/packs/"+k.Name, &flash{Text: l.T("Nothing is chosen, and nothing was changed."), Wrong: true})
	}
	added, err := s.Poller.Subscribe(r.Context(), wishes)
	if err != nil {
		return err
	}
	n := 0
	for _, a := range added {
		if a.Added {
			n++
		}
	}
	return s.done(w, r, "/", &flash{Text: l.N("%d feed added. The river fills as it is polled.", "%d feeds added. The river fills as they are polled.", n)})
}

// curated finds feeds of packs by a word of their names or sites: who looks for a site
// needn't know its address.
func (s *Server) curated(name string) (fs []feed.Preview) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, p := range s.packs {
		for _, f := range p.Feeds {
			if name == "" || !strings.Contains(strings.ToLower(f.Title+" "+f.SiteURL), name) {
				continue
			}
			if !slices.ContainsFunc(fs, func(g feed.Preview) bool { return g.URL == f.URL }) {
				fs = append(fs, feed.Preview{Found: feed.Found{URL: f.URL, Title: f.Title}, Site: f.SiteURL, Language: f.Language})
			}
		}
	}
	return fs[:min(len(fs), 20)]
}
