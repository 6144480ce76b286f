package server

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tidings/internal/words"
)

func TestTheBrowserChoosesTheLanguage(t *testing.T) {
	w := newWorld(t, 3, nil)
	for accept, want := range map[string]struct{ tag, heading, direction string }{
		"":                     {"en", "The river", ""},
		"en-GB":                {"en", "The river", ""},
		"fi":                   {"en", "The river", ""},
		"de-CH, de;q=0.9":      {"de", "Der Strom", ""},
		"fr":                   {"fr", "Le fil", ""},
		"es-MX, en;q=0.5":      {"es", "El flujo", ""},
		"zh-CN,zh;q=0.9":       {"zh", "新闻流", ""},
		"zh-SG":                {"zh", "新闻流", ""},
		"zh-TW,zh;q=0.9":       {"zh-Hant", "新聞流", ""},
		"zh-HK":                {"zh-Hant", "新聞流", ""},
		"zh-Hant":              {"zh-Hant", "新聞流", ""},
		"ar-EG, en;q=0.2":      {"ar", "سيل الأخبار", "rtl"},
		"fi, fr;q=0.7, de;q=1": {"de", "Der Strom", ""},
	} {
		a := w.get(t, "/", "Accept-Language", accept).status(200)
		page := a.page()
		root := page.find("html")[0]
		if got := root.attr("lang") + " " + root.attr("dir") + page.find("h1")[0].text(); got != want.tag+" "+want.direction+want.heading {
			t.Errorf("%q gives %q, want %v", accept, got, want)
		}
		if got := a.Header().Get("Content-Language"); got != want.tag {
			t.Errorf("%q: Content-Language is %q", accept, got)
		}
		if !strings.Contains(strings.Join(a.Header().Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%q: Vary is %q", accept, a.Header().Values("Vary"))
		}
		if scripted := page.find("body")[0].attr("data-words"); (scripted == "") != (want.tag == "en") {
			t.Errorf("%q: the script is told %.60q", accept, scripted)
		}
	}
}

func TestTheSettingWinsOverTheBrowser(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.post(t, "/settings/language", url.Values{"language": {"fr"}}).status(303).location("/settings#language")
	page := w.get(t, "/settings", "Accept-Language", "de").status(200).page()
	if got := page.find("h1")[0].text(); got != "Réglages" {
		t.Errorf("the settings are headed %q", got)
	}
	if chosen := page.find("input[name=language][checked]"); len(chosen) != 1 || chosen[0].attr("value") != "fr" {
		t.Errorf("chosen is %v", chosen)
	}
	w.post(t, "/settings/language", url.Values{"language": {"tlh"}}).status(400)
	w.post(t, "/settings/language", url.Values{"language": {""}}).status(303)
	if got := w.get(t, "/settings", "Accept-Language", "de").page().find("h1")[0].text(); got != "Einstellungen" {
		t.Errorf("without a setting the page is headed %q", got)
	}
}

// Rows are kept laid out, each in its language.
func TestRowsAreKeptByLanguage(t *testing.T) {
	w := newWorld(t, 3, nil)
	for range 2 {
		for accept, want := range map[string]string{"en": "Mark read", "de": "Als gelesen kennzeichnen", "zh": "标为已读"} {
			button := w.get(t, "/", "Accept-Language", accept).page().find("#river button[name=read]")[0]
			if got := strings.TrimSpace(button.text()); got != want {
				t.Errorf("%s: the button says %q", accept, got)
			}
		}
	}
}

// Errors are told in the language of who made them.
func TestErrorsAreTranslated(t *testing.T) {
	w := newWorld(t, 1, nil)
	for path, want := range map[string]string{"/story/x": "Nicht gefunden", "/?view=none": "Das war nicht zu verstehen", "/nowhere": "Nicht gefunden"} {
		a := w.get(t, path, "Accept-Language", "de")
		if got := a.page().find("h1")[0].text(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A text that counts is right for each number, on the page.
func TestCountsOnThePage(t *testing.T) {
	w := newWorld(t, 0, nil)
	l := func(tag string) *words.Language { return w.words.Find(tag) }
	for tag, want := range map[string]map[int]string{
		"fr": {0: "0 nouvel article", 1: "1 nouvel article", 2: "2 nouveaux articles"},
		"ar": {0: "لا أخبار جديدة", 1: "خبر جديد واحد", 2: "خبران جديدان", 3: "3 أخبار جديدة", 11: "11 خبرًا جديدًا", 100: "100 خبر جديد"},
		"zh": {1: "1 篇新报道", 2000: "2,000 篇新报道"},
		"es": {1: "1 noticia nueva", 2: "2 noticias nuevas"},
	} {
		for n, text := range want {
			if got := l(tag).N("%d new story", "%d new stories", n); got != text {
				t.Errorf("%s: %d is %q, want %q", tag, n, got, text)
			}
		}
	}
}

// What other rooms put into English words is recognised. The texts are as those rooms
// compose them.
func TestTextsOfOtherRooms(t *testing.T) {
	w := newWorld(t, 0, nil)
	de := w.words.Find("de")
	for text, want := range map[string]string{
		"Same address: example.org/a, 2 hours apart":                                "Dieselbe Adresse: example.org/a, 2 Stunden auseinander",
		"Same title and text, 31 words, at the same time":                           "Derselbe Titel und Text, 31 Wörter, zur selben Zeit",
		"92 % of the shorter text, both name Ada, Grace and Kerguelen, 1 day apart": "92 % des kürzeren Textes, beide nennen Ada, Grace und Kerguelen, 1 Tag auseinander",
		"Kept apart: the same frame with other numbers":                             "Getrennt gehalten: derselbe Rahmen mit anderen Zahlen",
		"Kept apart: 4.1 against 6.0 points":                                        "Getrennt gehalten: 4.1 gegen 6.0 Punkte",
		"it publishes about 3 times a day, and that by its hours and weekdays":      "er etwa 3-mal am Tag veröffentlicht, und das nach seinen Stunden und Wochentagen",
		"you chose every 2 hours":                                                   "Sie alle 2 Stunden gewählt haben",
		"the publisher asks for it (ttl)":                                           "der Herausgeber darum bittet (ttl)",
		"news.example answers 404: there is nothing at this address (look on the publisher's site for the feed's new address)": "news.example antwortet 404: unter dieser Adresse ist nichts (suchen Sie auf der Website des Herausgebers nach der neuen Adresse des Feeds)",
		"news.example can't be reached": "news.example ist nicht zu erreichen",
		"something that nobody foresaw": "something that nobody foresaw",
		`"3 moons" is no duration`:      `"3 moons" ist keine Dauer`,
	} {
		if got := inTongue(de, text); got != want {
			t.Errorf("%q\nis   %q\nwant %q", text, got, want)
		}
	}
	if got := inFull(w.words.Find("zh"), "Same link"); got != "Same link." {
		t.Errorf("unknown evidence: %q", got)
	}
}

// The script says what the server would, with the same plural forms, and pages read from
// the right have their index there.
func TestBrowserSpeaksTheLanguage(t *testing.T) {
	w := newWorld(t, 3, nil)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1280, 900))
	for _, tag := range []string{"ar", "fr", "zh", "de", "en"} {
		w.set(t, settingTongue, tag)
		b.open("/")
		l := w.words.Find(tag)
		for _, n := range []int{0, 1, 2, 3, 11, 100, 1234, 12345} {
			want := l.N("%d more story, %d in all", "%d more stories, %d in all", n, n, 12345)
			if got := js[string](b, fmt.Sprintf(`n("%%d more story, %%d in all", "%%d more stories, %%d in all", %d, %d, 12345)`, n, n)); got != want {
				t.Errorf("%s: the script says %q, the server %q", tag, got, want)
			}
		}
		if got := js[string](b, `t("There is nothing to undo.")`); got != l.T("There is nothing to undo.") || (got == "There is nothing to undo.") != (tag == "en") {
			t.Errorf("%s: the script says %q", tag, got)
		}
		right := js[bool](b, `document.querySelector("#index").getBoundingClientRect().left > document.querySelector("main").getBoundingClientRect().left`)
		if right != (tag == "ar") {
			t.Errorf("%s: the index is on the wrong side", tag)
		}
		if wide := js[bool](b, `document.documentElement.scrollWidth > innerWidth`); wide {
			t.Errorf("%s: the page is wider than the window", tag)
		}
	}
}
