package clean

import (
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// nameKind is what a word means in a date.
type nameKind uint8

const (
	aMonth   nameKind = iota + 1
	aWeekday          // 0 is Sunday
	aHalf             // 1 before noon, 2 after
	anEra             // the year before its first
	aFiller
)

// dateName is the meaning of a word.
type dateName struct {
	is     nameKind
	value  int
	also   bool // it may be a weekday, too
	korean bool
}

// foldName is a word in lower case, without accents and points.
func foldName(w string) string {
	ascii := true
	for i := 0; i < len(w) && ascii; i++ {
		ascii = 'a' <= w[i] && w[i] <= 'z'
	}
	if ascii {
		return w
	}
	w = norm.NFD.String(strings.ToLower(w))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '.' || unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ı':
			return 'i'
		case r == 'ς':
			return 'σ'
		}
		return r
	}, w)
}

// dateNames is what words mean in dates, by their folded form.
var dateNames = sync.OnceValue(func() map[string]dateName {
	m := make(map[string]dateName, 700)
	add := func(table string, kind nameKind, first int) {
		for line := range strings.Lines(strings.TrimSpace(table)) {
			for w := range strings.FieldsSeq(line) {
				n := dateName{is: kind, value: first}
				for _, r := range w {
					n.korean = n.korean || unicode.Is(unicode.Hangul, r)
				}
				if old, ok := m[foldName(w)]; ok && old.is == aMonth {
					old.also = old.also || kind == aWeekday
					n = old
				}
				m[foldName(w)] = n
			}
			first++
		}
	}
	add(fillerNames, aFiller, 0)
	add(monthNames, aMonth, 1)
	add(dayNames, aWeekday, 0)
	add(halfNames, aHalf, 1)
	for era, year := range map[string]int{"令和": 2018, "平成": 1988, "昭和": 1925} {
		m[norm.NFD.String(era)] = dateName{is: anEra, value: year}
	}
	return m
})

// monthNames are the names of months and their abbreviations, a line a month: in
// English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish (with
// Danish and Norwegian), Polish, Russian (with Ukrainian), Greek, Hungarian,
// Turkish, and Chinese where they aren't numbers in digits, as in Japanese and Korean.
const monthNames = `
jan january januar jänner jän janvier janv enero ene gennaio gen janeiro januari stycznia styczeń sty января январь янв січня січ Ιανουάριος Ιανουαρίου Ιαν január ocak oca 一月
feb february februar feber février févr fév fevrier febrero febbraio febb fevereiro fev februari lutego luty lut февраля февраль февр фев лютого лют Φεβρουάριος Φεβρουαρίου Φεβ február febr şubat şub 二月
mar march märz maerz mär mrz mars marzo março maart mrt marca marzec марта март мар березня бер Μάρτιος Μαρτίου Μάρ március márc mart marts 三月
apr april avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр квітня кві Απρίλιος Απριλίου Απρ április ápr nisan nis 四月
may mai mayo maggio mag maio mei maj maja мая май травня тра Μάιος Μαΐου Μάι május máj mayıs 五月
jun june juni juin junio giugno giu junho czerwca czerwiec cze июня июнь июн червня чер Ιούνιος Ιουνίου Ιούν Ιουν június jún haziran haz 六月
jul july juli juillet juil julio luglio lug julho lipca lipiec lip июля июль июл липня лип Ιούλιος Ιουλίου Ιούλ július júl temmuz tem 七月
aug august août aout agosto ago augustus augusti sierpnia sierpień sie августа август авг серпня сер Αύγουστος Αυγούστου Αύγ augusztus ağustos ağu 八月
sep sept september septembre septiembre setiembre settembre set sett setembro września wrzesień wrz сентября сентябрь сент сен вересня вер Σεπτέμβριος Σεπτεμβρίου Σεπ Σεπτ szeptember szept eylül eyl 九月
oct october okt oktober octobre octubre ottobre ott outubro out października październik paź октября октябрь окт жовтня жов Οκτώβριος Οκτωβρίου Οκτ október ekim eki 十月
nov november novembre noviembre novembro listopada listopad lis ноября ноябрь нояб ноя листопада Νοέμβριος Νοεμβρίου Νοέ Νοεμ kasım kas 十一月
dec december dez dezember décembre déc decembre diciembre dic dicembre dezembro grudnia grudzień gru декабря декабрь дек грудня гру Δεκέμβριος Δεκεμβρίου Δεκ aralık ara des desember 十二月
`

// dayNames are the names of days and their abbreviations, a line a day from
// Sunday on, in the languages of monthNames and in Chinese, Japanese and Korean.
const dayNames = `
sun sunday sonntag so dimanche dim domingo dom domenica zondag zo zon söndag sön søndag søn niedziela niedz nd ndz воскресенье вс неділя нд Κυριακή Κυρ vasárnap vas pazar paz 星期日 星期天 周日 週日 日曜日 日曜 日 일요일 일
mon monday montag mo lundi lun lunes lunedì segunda-feira segunda seg maandag ma maa måndag mån mandag man poniedziałek pon понедельник пн понеділок Δευτέρα Δευ hétfő hét pazartesi pzt pts 星期一 周一 週一 月曜日 月曜 月 월요일 월
tue tues tuesday dienstag di die mardi martes martedì mar terça-feira terça ter dinsdag din tisdag tis tirsdag tir wtorek wt wto вторник вт вівторок Τρίτη Τρι kedd salı sal 星期二 周二 週二 火曜日 火曜 火 화요일 화
wed wednesday mittwoch mi mit mercredi mer miércoles mié mercoledì quarta-feira quarta qua woensdag wo woe onsdag ons środa śr śro среда ср середа Τετάρτη Τετ szerda sze çarşamba çar çrş 星期三 周三 週三 水曜日 水曜 水 수요일 수
thu thur thurs thursday donnerstag do don jeudi jeu jueves jue giovedì gio quinta-feira quinta qui donderdag torsdag tor czwartek czw четверг чт четвер Πέμπτη Πέμ Πεμ csütörtök csüt cs perşembe per prş 星期四 周四 週四 木曜日 木曜 木 목요일 목
fri friday freitag fr fre vendredi ven viernes vie venerdì sexta-feira sexta sex vrijdag vr vri vrij fredag piątek pt pią pia пятница пт пʼятниця Παρασκευή Παρ péntek pén cuma cum 星期五 周五 週五 金曜日 金曜 金 금요일 금
sat saturday samstag sonnabend sa sam samedi sábado sáb sabato sab zaterdag za zat lördag lör lørdag lør sobota sob sb суббота сб субота Σάββατο Σάβ szombat szo cumartesi cmt cts 星期六 周六 週六 土曜日 土曜 土 토요일 토
`

// halfNames are the words for before noon, and for after noon.
const halfNames = `
am 오전 上午 午前 凌晨 早上 πμ öö de
pm 오후 下午 午後 晚上 μμ ös du
`

// fillerNames are words that stand in dates and mean nothing to them.
const fillerNames = `
st nd rd th er ère min re e o a de del d di da du of the on at and at alle às as à le la las el los um uhr uur kl klockan om op den der het ore
en г года год в р року feira óra órakor h hrs hr hours heures saat στις ώρα o godz godzina r published posted date pub 時間 曜日 요일 的
`

// zoneOffsets is the offsets of zones' names that don't change, in seconds east
// of UTC.
var zoneOffsets = sync.OnceValue(func() map[string]int {
	m := make(map[string]int)
	for line := range strings.Lines(strings.TrimSpace(zoneNames)) {
		offset, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		t, err := time.Parse("-07:00", offset)
		if err != nil {
			panic(err) // a mistake in the table
		}
		_, seconds := t.Zone()
		for name := range strings.FieldsSeq(names) {
			m[name] = seconds
		}
	}
	return m
})

// zoneNames are the names of zones. Left out are those with several meanings:
// AMT, BDT, BT, ECT, GST, IST, LHST, SST, WST and their like, and those whose
// offset has changed: ALMT, NOVT, PYT, SAMT, WGT.
const zoneNames = `
+00:00 Z UT UTC GMT UCT WET ZULU EGST AZOST
+01:00 BST CET MET MEZ WEST WAT MEWT
+02:00 CEST MEST MESZ EET SAST CAT CEDT WAST
+03:00 EEST EAT TRT FET IDT EEDT
+03:30 IRST
+04:00 MSD AZT GET MUT RET SCT
+04:30 AFT IRDT
+05:00 PKT UZT TJT TMT MVT TFT
+05:45 NPT
+06:00 BTT KGT
+06:30 MMT
+07:00 WIB ICT HOVT
+08:00 HKT SGT AWST PHT WITA MYT BNT ULAT
+08:45 ACWST
+09:00 JST KST WIT TLT PWT
+09:30 ACST
+10:00 AEST CHST PGT
+10:30 ACDT
+11:00 AEDT SBT NCT VUT PONT
+12:00 NZST FJT MHT GILT WAKT
+12:45 CHAST
+13:00 NZDT TOT
+13:45 CHADT
+14:00 LINT
-01:00 AZOT CVT
-02:00 BRST UYST PMDT FNT
-02:30 NDT
-03:00 BRT ART ADT UYT CLST GFT SRT PYST PMST
-03:30 NST
-04:00 AST EDT CLT BOT GYT
-05:00 EST CDT PET COT
-06:00 CST MDT GALT
-07:00 MST PDT
-08:00 PST AKDT
-09:00 AKST HDT HADT GAMT
-09:30 MART
-10:00 HST HAST TAHT CKT
-11:00 NUT
`
