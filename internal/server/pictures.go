package server

import (
	"context"
	"hash/fnv"
	"html"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"tidings/internal/feed"
	"tidings/internal/picture"
	"tidings/internal/words"
)

// Pictures shows publishers' pictures in their place; *picture.Proxy is the real one, and
// its Address tells the widths that there are.
type Pictures interface {
	http.Handler
	// Address is the path at which the picture at src, which the document names, is shown at
	// most width pixels wide; empty if it can't be.
	Address(src, document string, width int) string
	// Measures are those of a picture that has been shown, in pixels, else 0. Hopeless is
	// true where that failed.
	Measures(src, document string) (width, height int, hopeless bool)
}

// shown is how pictures are shown now: as the program was told, else as the reader chose.
func (s *Server) shown() feed.Showing {
	if s.Pictures == nil && s.showing() != feed.ShowNothing {
		return feed.ShowDirectly
	}
	return s.showing()
}

func (s *Server) showing() feed.Showing {
	if s.Showing != "" {
		return s.Showing
	}
	if v := s.chosen.Load(); v != nil {
		return *v
	}
	return feed.ShowProxied
}

// recallShowing reads how the reader wants pictures to be shown.
func (s *Server) recallShowing(ctx context.Context) error {
	v, err := s.Store.Setting(ctx, feed.SettingPictures)
	how := feed.ParseShowing(string(v))
	s.chosen.Store(&how)
	return err
}

// showings are the ways of showing pictures to choose from.
func (s *Server) showings(l *words.Language) []option {
	return choose([]option{
		{Value: string(feed.ShowProxied), Text: l.T("Through tidings"), Note: l.T("publishers don’t learn that you look at them")},
		{Value: string(feed.ShowDirectly), Text: l.T("Directly from publishers"), Note: l.T("they see your address and your browser, but not what you read here")},
		{Value: string(feed.ShowNothing), Text: l.T("No pictures"), Note: l.T("nothing is asked for, not even the icons of feeds")},
	}, string(s.showing()))
}

// setShowing keeps how the reader wants pictures to be shown.
func (s *Server) setShowing(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	if s.Showing != "" {
		return &problem{Status: http.StatusConflict, Title: "That didn’t work",
			Text: "How pictures are shown was said when tidings was started.", Todo: "Start it without --pictures to choose here."}
	}
	v := r.PostForm.Get("pictures")
	if string(feed.ParseShowing(v)) != v {
		return badRequest("There is no such way of showing pictures.")
	}
	if err := s.Store.SetSetting(r.Context(), feed.SettingPictures, []byte(v)); err != nil {
		return err
	}
	if err := s.recallShowing(r.Context()); err != nil {
		return err
	}
	return s.done(w, r, "/settings#pictures", &flash{Text: words.From(r.Context()).T("Saved.")})
}

// picture shows a publisher's picture.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) error {
	if s.shown() != feed.ShowProxied {
		return notFound("Pictures are not shown through tidings.")
	}
	s.Pictures.ServeHTTP(w, r)
	return nil
}

// icon serves the icon of a feed. Its address carries the hash of its content, so it may be
// kept for ever.
func (s *Server) icon(w http.ResponseWriter, r *http.Request) error {
	png, err := s.Store.Icon(r.Context(), strings.TrimSuffix(r.PathValue("name"), ".png"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	return writeBody(w, r, http.StatusOK, "image/png", png)
}

// badge stands for a feed: its icon, or a letter in a colour of its own.
type badge struct {
	Src    template.URL
	Letter string // where there is no icon
	Hue    string // class of the colour
}

// badge is the feed's.
func (s *Server) badge(o feed.Outlet) badge {
	if s.showing() != feed.ShowNothing {
		if hash, err := s.Store.IconOf(context.Background(), o.IconSource().Key()); err == nil && hash != "" {
			return badge{Src: template.URL("/icon/" + hash + ".png")}
		}
	}
	const hues = 12
	h := fnv.New32a()
	h.Write([]byte(o.URL))
	return badge{Letter: letterOf(masked(o.Title)), Hue: "hue" + strconv.Itoa(int(h.Sum32()%hues))}
}

// letterOf is the first letter or digit of a title.
func letterOf(title string) string {
	for _, r := range title {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}

// badges gives the feeds of an index theirs.
func (s *Server) badges(items []section) {
	for i := range items {
		if o := items[i].outlet; o != nil {
			items[i].Badge = s.badge(*o)
		}
	}
}

// hangRow gives a row the picture of its lead, in the sizes that the layout shows, or
// takes it away.
func (s *Server) hangRow(r *row, h *feed.Headline, layout string) {
	r.Badge = s.badge(h.Outlet)
	src := h.Entry.Image
	if src == "" {
		return
	}
	switch s.shown() {
	case feed.ShowNothing:
		r.Image = ""
	case feed.ShowProxied:
		r.Image = ""
		if w, _, hopeless := s.Pictures.Measures(src, h.Outlet.URL); hopeless || w > 0 && w < leastWidth {
			return
		}
		at := func(width int) string { return s.Pictures.Address(src, h.Outlet.URL, width) }
		small := at(picture.Thumb)
		if small == "" {
			return
		}
		r.Image, r.Srcset = template.URL(small), template.Srcset(small+" 1x, "+at(picture.Thumb2)+" 2x")
		if layout != usualLayout {
			small = at(picture.Card)
			r.Image, r.Sizes = template.URL(small), "auto, (min-width: 60rem) 24rem, 92vw"
			r.Srcset = template.Srcset(small + " 480w, " + at(picture.Card2) + " 800w")
			if layout == "magazine" {
				r.Srcset += template.Srcset(", " + at(picture.Text2) + " 1440w")
			}
		}
	}
}

// hangStory hangs the pictures of a story's page, which shows the copy m.
func (s *Server) hangStory(p *storyPage, full *feed.Full, m *feed.Member) {
	p.Text = s.hang(p.Text, m.Outlet.URL)
	p.Story.Badge = s.badge(m.Outlet)
	for i := range p.Copies {
		p.Copies[i].Badge = s.badge(full.Members[i].Outlet)
	}
}

// leastWidth is that of a picture worth a place in a list, in pixels.
const leastWidth = 48

// hang makes the pictures in sanitised HTML, as present wrote it, come as the reader wants
// them to. Document is the address of the feed that it is from. It looks for pictures
// alone, and costs next to nothing where there are none.
func (s *Server) hang(h template.HTML, document string) template.HTML {
	how := s.shown()
	if how == feed.ShowDirectly {
		return h
	}
	text := string(h)
	at := nextPicture(text)
	if at < 0 {
		return h
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	for at >= 0 {
		b.WriteString(text[:at])
		tag, rest, _ := strings.Cut(text[at:], ">")
		s.hangTag(&b, tag, document, how)
		text = rest
		at = nextPicture(text)
	}
	b.WriteString(text)
	return template.HTML(b.String())
}

// nextPicture is where the next picture or video begins; -1 for none.
func nextPicture(s string) int {
	img, video := strings.Index(s, "<img "), strings.Index(s, "<video ")
	if img < 0 || video >= 0 && video < img {
		return video
	}
	return img
}

// hangTag writes a tag, which has no ">" yet.
func (s *Server) hangTag(b *strings.Builder, tag, document string, how feed.Showing) {
	element, name := "<img", "src"
	if strings.HasPrefix(tag, "<video") {
		element, name = "<video", "poster"
	}
	before, value, after, found := cutAttribute(strings.TrimPrefix(tag, element), name)
	before = element + before
	src := html.UnescapeString(value)
	switch {
	case !found || strings.HasPrefix(src, "data:") && how == feed.ShowProxied:
		b.WriteString(tag + ">")
	case name == "poster":
		b.WriteString(before)
		if how == feed.ShowProxied {
			if a := s.Pictures.Address(src, document, picture.Text); a != "" {
				b.WriteString(` poster="` + html.EscapeString(a) + `"`)
			}
		}
		b.WriteString(after + ">")
	case how == feed.ShowNothing:
		unseen(b, tag)
	default:
		s.hangImage(b, before, src, after, document)
	}
}

// unseen writes what stands for a picture that isn't shown: its words, if it has any.
func unseen(b *strings.Builder, tag string) {
	_, attrs, _ := strings.Cut(tag, " ")
	if alt := attribute(" "+attrs, "alt"); strings.TrimSpace(alt) != "" {
		b.WriteString(`<span class="unseen">` + alt + `</span>`)
	}
}

// hangImage writes an img whose address stood between before and after. Where its measures
// are known the page doesn't jump when it comes, and dense screens get a
// denser one; a width alone wouldn't do, as browsers take it for the picture's own.
func (s *Server) hangImage(b *strings.Builder, before, src, after, document string) {
	wide, high, hopeless := s.Pictures.Measures(src, document)
	address := s.Pictures.Address(src, document, picture.Text2)
	if hopeless || address == "" || wide > 0 && wide <= 2 {
		unseen(b, before+after)
		return
	}
	at := func(width int) string {
		return html.EscapeString(s.Pictures.Address(src, document, width))
	}
	b.WriteString(before)
	if wide > picture.Text {
		b.WriteString(` src="` + at(picture.Text) + `" srcset="` + at(picture.Text) + ` 800w, ` + html.EscapeString(address) + ` 1440w" sizes="(min-width: 46rem) 43rem, 94vw"`)
	} else {
		b.WriteString(` src="` + html.EscapeString(address) + `"`)
	}
	if _, said, _ := strings.Cut(before+after, " "); wide > 0 && attribute(" "+said, "width") == "" && attribute(" "+said, "height") == "" {
		b.WriteString(` width="` + strconv.Itoa(wide) + `" height="` + strconv.Itoa(high) + `"`)
	}
	b.WriteString(` data-large="` + at(picture.Large) + `"` + after + ">")
}

// pictureURL is the address of one picture that the document names, at most width pixels wide;
// empty where it isn't to be shown.
func (s *Server) pictureURL(src, document string, width int) template.URL {
	switch s.shown() {
	case feed.ShowNothing:
		return ""
	case feed.ShowProxied:
		return template.URL(s.Pictures.Address(src, document, width))
	}
	return webURL(src)
}
