"""Made-up people's names, from six pools.

Which pool a person's name comes from is drawn from a stream of its own and decides nothing else (B2): all pools fill all
milieus, places and roles alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scenario.draws import Ints, Stream


@dataclass(frozen=True, slots=True)
class Pool:
    """A naming tradition: given names, optional middle names, last names, and spelling variants of single names."""

    name: str
    given: tuple[str, ...]
    middle: tuple[str, ...]
    last: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]


def _pool(name: str, given: str, middle: str, last: str, variants: str) -> Pool:
    pairs = tuple(tuple(item.split("/", 1)) for item in variants.split())
    return Pool(name, tuple(given.split()), tuple(middle.split()), tuple(last.split()), pairs)  # type: ignore[arg-type]


POOLS = (
    _pool(
        "danish",
        "Jonas Asger Mikkel Rasmus Tobias Emil Frederik Kasper Anders Simon Jeppe Magnus Oliver Villads Sebastian Mathias Nikolaj "
        "Christian Søren Jesper Troels Lasse Ida Freja Sofie Mathilde Signe Line Camilla Maja Astrid Karen Laura Cecilie Trine",
        "",
        "Bækgaard Vindelev Torngaard Ravnskov Lynghøj Krogstrup Dalsgaard Hedelund Overby Kjærulf Stentoft Brinch Munkholm Sølvsten "
        "Bjerregaard Egeskov Lindhardt Tofting Skovbo Aastrup Højmark Grønkær Damgaard Vestergård Nørrelykke Fuglsang Kildetoft "
        "Rosenlund Birkmose Svanekær Holmsted Klintebæk Mosegaard Eskebjerg Thorup",
        "Kasper/Casper Christian/Kristian Mathias/Matias Bækgaard/Baekgaard Sølvsten/Soelvsten Højmark/Hoejmark Kjærulf/Kjaerulf",
    ),
    _pool(
        "arabic",
        "Yusuf Omar Khalid Samir Tariq Bilal Hamza Ibrahim Walid Nabil Karim Rami Zaid Anas Ilyas Faris Jamal Munir Sami Adel "
        "Marwan Layth Amina Layla Maryam Nour Salma Rania Hanan Dina Zaynab Iman Samira Huda Lubna",
        "",
        "al-Rifai Haddadin Nasrawi Barghash al-Dulaymi Shamari Qabbani Tahirat Mansouri al-Khatib Zaydan Daghir Sabbagh Jaradat "
        "Hamdani Kanaani Murtada al-Sharif Boukhari Ghannam Saidani Bashiri Touati Fayyadi Khoury Najjarin Haskari Tamimi Rashidi "
        "Younesi Mahrouq Dabbas Kurdali Salloum Azzam",
        "Yusuf/Youssef Omar/Umar Tariq/Tarek Hamza/Hamzah Khalid/Khaled Walid/Oualid Maryam/Meryem al-Rifai/el-Rifai Mansouri/Mansuri",
    ),
    _pool(
        "somali",
        "Cabdi Maxamed Xasan Cali Cumar Yuusuf Ciise Liibaan Guuleed Warsame Faarax Jaamac Saciid Bashiir Daahir Nuur Mahad "
        "Sharmaarke Aadan Geeddi Xirsi Salaad Caasha Xaliimo Faadumo Hodan Sahra Ifrah Ayaan Deeqa Nasteexo Ubax Hibaaq Idil Sagal",
        "Cabdi Maxamed Xasan Cali Cumar Ciise Guuleed Faarax Jaamac Nuur Aadan Xirsi Warsame Daahir Salaad",
        "Warfaa Shire Dhuxul Cilmi Samatar Rooble Afrax Cawaale Dualeh Hirsi Egal Magan Barre Jibriil Guutaale Farey Wacays "
        "Diiriye Qaasim Xayd Colaad Bulhan Ducaale Kaahin Madoobe Geelle Sugulle Abokor Kulmiye Faruur Garaad Wardheere Beyle Jirde "
        "Dhiblaawe",
        "Maxamed/Mohamed Xasan/Hassan Cali/Ali Cumar/Omar Yuusuf/Yusuf Caasha/Asha Xaliimo/Halima Faadumo/Fatuma Cilmi/Ilmi Xirsi/Hirsi",
    ),
    _pool(
        "turkish-kurdish",
        "Emre Burak Serkan Murat Okan Tolga Hakan Cem Onur Kerem Volkan Baran Azad Rojhat Diyar Serhat Ferhat Ömer Yasin Mert "
        "Selim Tarkan Elif Zeynep Dilan Rojda Berfin Aylin Esra Gül Melek Nazlı Sibel Derya Hülya",
        "",
        "Yıldıran Özdağlı Çelikbaş Doğruyol Karataşlı Aksungur Demirkol Şahinbay Kılıçer Uçarlar Güneşli Taşkıran Bozkurtlu Ekinciler "
        "Sönmezer Akbulak Çınarlı Dağdelen Gökmenler Yalçıntaş Korkutan Balabanlı Erdemoğlu Tunçay Uzunçay Ateşler Kayhanlı "
        "Özyürekli Serincan Alparslan Gümüşlü Tekinler Dursunlu Kaplanlar Baydarlı",
        "Özdağlı/Oezdagli Çelikbaş/Celikbas Doğruyol/Dogruyol Şahinbay/Sahinbay Yıldıran/Yildiran Ömer/Omer Gül/Gul Nazlı/Nazli",
    ),
    _pool(
        "persian-afghan",
        "Alireza Behrouz Dariush Farhad Hossein Kamran Mehdi Navid Omid Payam Reza Siavash Shahram Babak Arash Jawad Nasir Zalmai "
        "Wahid Farid Habib Mirwais Parisa Shirin Nasrin Laleh Roya Mina Soraya Fereshteh Golnaz Zohra Palwasha Maliha Nargis",
        "",
        "Hosseinzadeh Rahimpour Tavakolian Mohsenabadi Shirzad Amirkhani Golzari Farahmandi Keshavarz Noorzad Barakzada Wardaki "
        "Sherzai Popalyar Azimipour Rostampour Vaziri Darvishpour Jafarzada Kohestani Niazmand Sadatpour Yarmohamad Ebrahimabad "
        "Faizyar Hakimzad Latifpour Mansoorzai Qasimyar Rasoulpour Safizada Tajzad Zamanpour Alizai Bakhtyari",
        "Alireza/Ali-Reza Hossein/Husain Hosseinzadeh/Husseinzada Mehdi/Mahdi Jafarzada/Djafarzadeh Farid/Fareed Nasir/Naser",
    ),
    _pool(
        "slavic",
        "Andrij Bohdan Dmytro Ivan Maksym Oleh Pavlo Roman Taras Yuriy Piotr Tomasz Krzysztof Marek Wojciech Adnan Edin Mirza "
        "Nermin Dragan Goran Zoran Oksana Iryna Natalia Olena Kateryna Agnieszka Magdalena Joanna Amra Selma Jasmina Vesna Milica",
        "",
        "Kovalyk Borodenko Hrytsenchuk Levytskyi Marchukov Ostapiv Polishchyn Savchyn Tkachiv Vynnyk Zabolotnyi Nowakowicz Wisniarski "
        "Kaminiak Zielonka Dudzik Mazurczyk Sobieraj Halilagic Mujakovic Sabanagic Begovac Delibasic Hrustan Kurtagic Petrovan "
        "Stojanac Vukadin Jankovan Radosav Milutinac Dragas Lukijan Perkovac Tomasevan",
        "Levytskyi/Levytsky Zabolotnyi/Zabolotny Yuriy/Yurii Oleh/Oleg Dmytro/Dmitro Kateryna/Katerina Tomasz/Thomasz",
    ),
)


def plain(name: str) -> str:
    """A name without accents, case and signs, for comparing."""
    swapped = name.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa").replace("ı", "i")
    kept = unicodedata.normalize("NFKD", swapped)
    return " ".join("".join(c if c.isalpha() else " " for c in kept if not unicodedata.combining(c)).split())


def fingerprint(name: str) -> str:
    """What the deny list keeps instead of a name."""
    return hashlib.sha256(plain(name).encode()).hexdigest()[:20]


@cache
def denied() -> frozenset[str]:
    """Fingerprints of names that nobody and nothing in a made-up world may bear."""
    text = resources.files("ingest.scenario").joinpath("denied.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line)


@cache
def _table(pool: int) -> np.ndarray:
    """For each given and last name of a pool, the last name to use: the next one whose full name is nobody's."""
    names, count = POOLS[pool], len(POOLS[pool].last)
    table = np.zeros((len(names.given), count), dtype=np.int64)
    for g, given in enumerate(names.given):
        for first in range(count):
            step = next(
                k for k in range(count) if fingerprint(f"{given} {names.last[(first + k) % count]}") not in denied()
            )
            table[g, first] = (first + step) % count
    return table


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a block of people, as numbers into the pools."""

    pool: Ints
    given: Ints
    middle: Ints
    last: Ints

    def full(self) -> pa.Array:
        """Full names."""
        out = np.empty(len(self.pool), dtype=object)
        for number, pool in enumerate(POOLS):
            mine = np.flatnonzero(self.pool == number)
            if len(mine) == 0:
                continue
            parts = [pa.array(pool.given).take(pa.array(self.given[mine]))]
            if pool.middle:
                parts.append(pa.array(pool.middle).take(pa.array(self.middle[mine] % len(pool.middle))))
            parts.append(pa.array(pool.last).take(pa.array(self.last[mine])))
            out[mine] = pc.binary_join_element_wise(*parts, " ").to_numpy(zero_copy_only=False)
        return pa.array(out, pa.string())


def draw_names(stream: Stream, count: int, pool_shift: int = 0) -> Names:
    """Names for `count` people. `pool_shift` moves everybody to another pool and must change nothing but names."""
    pool = (stream.below(len(POOLS), count, "pool") + pool_shift) % len(POOLS)
    raw_given, raw_last = stream.u32(count, "given"), stream.u32(count, "last")
    given, last = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for number, names in enumerate(POOLS):
        mine = pool == number
        given[mine] = raw_given[mine] % len(names.given)
        # the square of a draw makes some last names common and most rare
        half = raw_last[mine] >> 1
        last[mine] = _table(number)[given[mine], ((half * half >> 31) * len(names.last)) >> 31]
    return Names(pool, given, stream.below(1_000_000, count, "middle"), last)


def spelled_otherwise(pool: int, name: str) -> str | None:
    """The name in another spelling of the same tradition, or None where there is none."""
    parts = name.split(" ")
    for usual, other in POOLS[pool].variants:
        if usual in parts:
            return " ".join(other if part == usual else part for part in parts)
    return None
