"""CDNOW as the papers used it: a tenth of the customers of the master file, drawn at random by their authors.

The master file does not mark them, and no rule gives them back (neither every tenth customer nor a random seed that was published).
Which ones they are is kept here as a row of bits, one for each customer number; the purchases come from the reference data.
"""

import base64
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

END = pd.Timestamp("1997-09-30")  # of the 39 weeks that the models are fitted on
_BITS = (
    r"c-k#iyRKSC6y19m$bgWwK@=o%vB5_ciV}&!A21M#Tckj#Qr=i8Qsxr|f+J+PAe~G6C&;=Vl26H6`{X|0oO$f$T5G0ACn8={l8F8*3sD(J##_r9H@S#Z{N5$!"
    r"R8^#iG&#rvo2u4?cTbWwk{jk0QZlAZg}-=OwqeP}r;W(7SQV2!UJZNTL?$9z8o+`DcAKQ6v?+A;Si<pbhJ~J$%b(=v@>Jm!vp2DZAWM@+(+a<<nVfX^iILZ)"
    r"+0y=obqzM2G>c>ZTPYl91&(%fk0=hJP0RcuQGhB_dE>b@<J+CFsu+?zij6R0CY{y@af-!<RP5|wz0w{lRdYPmgUGsBo{DBw7DMS7F&`NH;dYrIhJuLd+?ynq"
    r"k=a0o!Xmh&f>m2Rd(N<#5b{l>rj12|UQ(iuiCVeg3l3GT*%1aTF=Dh(kjAn_l{aEZ8>?)21>YG980A{jFSQn~`9QxGmF3j1NiNQ!<ur@fZ|qo&ULi#|!nRzi"
    r"v}ENF5o8&0P>_yxLzzp#>dCQvFEd1gk42fAobPBc>}{hnBCD!_DGUR3cVgrq`+S9&#CpPO-pH;PaKtx7MHqQs39TcO)*)~ix)955CED>}{H>&80LkUEWrUV6"
    r"iJ6j;+{S6ZLM6_+5D^8t1D5Sk8F8h#E2q5FTxJM{fU9U`0;KmEDJQAxz%u%cEHXQ|fY~#PS{&bV=?SqzVl6k15~tSg-pU!SeP2*uLILIY2;>+Uxl_RJQ2&DW"
    r"I<c62X$VJZF>=U><qY=B8MHF3f>2veA$;v>7ep#@N<?-WNzk`cLQ7Pm&xFjY5>>&oTfhg;C|d?vWa+Fi!h*Lo5}dOA7cQ3OK;aVDj9fuEky(qH6g>jl2pk%M"
    r"-1aopg7+AJqMS)CuFo54gPPkKUq?Vz3RZydtcPsDGtK)D97C!f*%Sji@Z1ZG5|3lHu;Syr_`}f{{EP>(k_5;cqq_+2Kr3fyYpFYmPJWVhHOruuy8PqHq;G_8"
    r"up^x)PpMS5nu$6pNrQyB2Ue(LbRJ>^XgM`u$O<4=ayHk1@4S;Xfs925VLOal1*xXY0NV^own}9I;5YM3ROft7Q6st2&(BnZy6H%Xl4SSg!p^mnbqg*M;aH?d"
    r"nB}FL4no!Yi)sR|kec?I4v~RcR0LomPV^`F5t`7YND6*V4r~-^1kD`-<HkHeA53eWFgpunMLe)s^8tO{&}spgUm#kf8!O5v7I{@b_Yq*&_9SO%z9qe`1d;m;"
    r"Vm3zfcBw}ziSrKz2YM<Lj`)7$01SL}Bd9O55SYc*1<^*yHHbT6cn33VP+|nx8<_M70v{c7ex=)h#j?z-<WC9!GMnQQl^Gx*R^Xf10`fjuNKQ}BXZh-|*9Iw<"
    r"_qARt0-a3dE71*2iQ-v*xZwFMyN0O>ONl)PI7+Y!aXc_W*+D9d9k3r@Tz;i~8Q9B?-iv|-tO996F6litoQ9WZR92i8a<N2RcKuz-&U$QN`7?|i*=DBfUPvtP"
    r"wnuiwnY7R`7_VKgepMbr1ADN;{16njQmT$14p8u3C<wC}{8M=oiiZd1fq?&#gN_5>#>j*(+{1WwHrpU#`UqAG!VuP;60?X2)NaZsd4#@aw^u#d_Mu*db?r)#"
    r"o@{8nXSf|vs)nE>^p1BA<aw3lFY^;*Zx*K$wE>!ET;@0?bLqR8Q1WpjFp+zsI^+OZ$RftC9a>lco)V33P%@-{EnD<p%^Lv9MF_e42Fnw6gCQzOT9yF)Vb9wM"
    r"md%tkg8jxQ5@=<O>Ww-<H9f5nsoR{b2{C~VS>xF=W+*8T6EInDiuFsOJNv&sqUZgb#~nicZvg&IQ|Ye27nb91CjDKExFF{C*j7;b?_z8o=0c@=p2K@}_Q}(7"
    r"hy%zRm`HJ>%V@y^OP*Mx8s>H|cK-tqVb3AAA;-6RmM4SM;-uuYkK%C#LmIJ<BM=a*)?XtPc;{_%9Cb9`Fu}<fC+G|c-5*M*+ljJ?n?jdPL@0u+GdQj-G_@W;"
    r"RJ2rU)|T~-YeC;loMv>HmORP;p4Xw*-cuas(+Kx6HuzPqZ#~J|EqF{Xzy_dtitAJmt3Mpq3`@uA9K8i56Pmul`_<(03HN{>c;Q<FZHz|mG?BMhiSzyg96clP"
    r"%{zKk<oq9RAtLS"
)


def drawn() -> np.ndarray:
    """Numbers of the 2,357 customers in the master file."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(zlib.decompress(base64.b85decode(_BITS)), "uint8")))


def purchases(folder: Path, *, sample: bool = True) -> pd.DataFrame:
    """One row per customer and day (`person`, `day`, `value`) of the sample, or of the whole master file."""
    names = ["person", "day", "pieces", "value"]
    rows = pd.read_csv(folder / "CDNOW_master.txt", sep=r"\s+", header=None, skiprows=1, names=names)
    rows = rows[rows["person"].isin(drawn())] if sample else rows
    rows = rows.assign(day=pd.to_datetime(rows["day"].astype(str)))
    return rows.groupby(["person", "day"], as_index=False)["value"].sum()
