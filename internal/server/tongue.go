package server

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"sync"

	"tidings/internal/words"
	"tidings/web"
)

// readWords makes the languages and the templates for each known; but for English they
// are parsed when somebody first wants them.
func (s *Server) readWords() (err error) {
	if s.words, err = web.Words(); err != nil {
		return err
	}
	s.pages = map[string]func() (map[string]*template.Template, error){}
	for _, l := range s.words.Languages() {
		s.pages[l.Tag()] = sync.OnceValues(func() (map[string]*template.Template, error) {
			return web.Pages(s.words.Find(l.Tag()))
		})
	}
	_, err = s.pages["en"]()
	return err
}

// execute executes a template of a page in a language.
func (s *Server) execute(to io.Writer, tag, page, part string, data any) error {
	pages, err := s.pages[tag]()
	if err != nil {
		return err
	}
	return pages[page].ExecuteTemplate(to, part, data)
}

// spoken gives the request the language in which it is answered; words.From asks for it.
func (s *Server) spoken(r *http.Request) *http.Request {
	ctx, accept := r.Context(), r.Header.Get("Accept-Language")
	return r.WithContext(words.With(ctx, func() *words.Language {
		if set, err := s.Store.Setting(ctx, settingTongue); err == nil && len(set) > 0 {
			if l := s.words.Find(string(set)); l != nil {
				return l
			}
		} // a store that can't be asked is told by whoever needs more of it
		return s.words.Choose(accept)
	}))
}

// tongues are the choices of a language.
func (s *Server) tongues(ctx context.Context) ([]option, error) {
	set, err := s.Store.Setting(ctx, settingTongue)
	if err != nil {
		return nil, err
	}
	list := []option{{Text: words.From(ctx).T("As the browser says")}}
	for _, l := range s.words.Languages() {
		list = append(list, option{Value: l.Tag(), Text: l.Name()})
	}
	return choose(list, string(set)), nil
}

// setLanguage keeps in which language the reader wants pages.
func (s *Server) setLanguage(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	tag := r.PostForm.Get("language")
	if tag != "" && s.words.Find(tag) == nil {
		return badRequest("There is no such language here.")
	}
	if err := s.Store.SetSetting(r.Context(), settingTongue, []byte(tag)); err != nil {
		return err
	}
	return see(w, r, "/settings#language")
}
