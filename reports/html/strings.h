// Every sentence and label that people read in a report, in English and Korean: one table, so that
// a translator sees both side by side. {names} are filled in by say(); both languages must use the
// same ones (a test checks it). Korean sentences are built so that no particle follows a name.
//
//   say(Language::kKorean, Msg::kSamplesCount, {{"n", "60"}})
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace assay::reports {

enum class Language { kEnglish, kKorean };
Language language_from_code(std::string_view code);  // "ko" is Korean, anything else English

// clang-format off
#define ASSAY_REPORT_STRINGS(X) \
  X(kPageTitle, "Assay report", "Assay 보고서") \
  X(kLanguageCode, "en", "ko") \
  X(kPercentagePoints, " pp", "%p") \
  X(kGenerated, "Generated {utc}", "작성 {utc}") \
  X(kSources, "Run files", "실행 파일") \
  X(kContents, "Contents", "차례") \
  X(kWarnings, "Read this first", "먼저 읽어 주세요") \
  X(kVerdict, "Verdict", "판정") \
  X(kSamplesCount, "{n} samples", "샘플 {n}개") \
  X(kRepeatsCount, "{n} repeats", "반복 {n}회") \
  X(kModelsCount, "{n} models", "모델 {n}개") \
  X(kOneModel, "1 model", "모델 1개") \
  X(kHeadNoData, "No verdict: nothing was scored.", "판정 없음: 채점된 답이 없습니다.") \
  X(kHeadSingle, "{model} was measured alone.", "{model} 모델 하나만 측정했습니다.") \
  X(kHeadClear, "{model} is best.", "{model} 모델이 가장 좋습니다.") \
  X(kHeadTiedOne, "{model} leads, but no difference from {other} can be shown.", "{model} 모델이 앞서지만, {other} 모델과의 차이는 확인되지 않았습니다.") \
  X(kHeadTiedMany, "{model} leads, but no difference from {count} others can be shown.", "{model} 모델이 앞서지만, 다른 {count}개 모델과의 차이는 확인되지 않았습니다.") \
  X(kSentenceNoData, "No item of this suite has a score yet, so there is nothing to compare.", "이 평가 묶음에는 채점된 항목이 없어 비교할 수 없습니다.") \
  X(kSentenceQuality, "Its {metric} is {value} (95% interval {interval}, n = {n}).", "{metric} {value} (95% 신뢰구간 {interval}, n = {n}).") \
  X(kSentenceQualityBare, "Its {metric} is {value} (n = {n}; no interval).", "{metric} {value} (n = {n}, 구간 없음).") \
  X(kSentenceLeadHigher, "That is {difference} higher than {second}, the next best (interval {interval}, {p}).", "다음 순위인 {second} 모델보다 {difference} 높습니다 (구간 {interval}, {p}).") \
  X(kSentenceLeadLower, "That is {difference} lower than {second}, the next best (interval {interval}, {p}).", "다음 순위인 {second} 모델보다 {difference} 낮습니다 (구간 {interval}, {p}).") \
  X(kSentenceAllBeaten, "Its lead over every one of the {count} other models holds at the 5% level after Holm's correction.", "나머지 {count}개 모델 모두에 대한 우위가 Holm 보정 뒤에도 5% 수준에서 유지됩니다.") \
  X(kSentenceTied, "Not told apart from it at the 5% level: {models}.", "5% 수준에서 구별되지 않는 모델: {models}.") \
  X(kSentenceBeaten, "Shown to be worse: {models}.", "더 나쁘다고 확인된 모델: {models}.") \
  X(kSentenceFastestTied, "Fastest among these: {model}, median {time}.", "이 가운데 가장 빠른 모델: {model}, 중앙값 {time}.") \
  X(kSentenceMedian, "Its median latency is {time}.", "지연 시간 중앙값은 {time}입니다.") \
  X(kSentenceFastestAll, "The fastest of all is {model} (median {time}).", "전체에서 가장 빠른 모델: {model} (중앙값 {time}).") \
  X(kSentenceCost, "It costs {cost} per 1,000 items.", "항목 1,000개당 비용은 {cost}입니다.") \
  X(kSentenceCheapest, "The cheapest is {model} at {cost}.", "가장 싼 모델: {model}, {cost}.") \
  X(kSentenceCostUnknown, "Cost was not measured.", "비용은 측정하지 않았습니다.") \
  X(kSentenceCostUnknownWhy, "Cost was not measured: {why}.", "비용은 측정하지 않았습니다: {why}.") \
  X(kAndMore, "and {count} more", "외 {count}개") \
  X(kFactBest, "Best {metric}", "최고 {metric}") \
  X(kFactLead, "Lead over the next", "다음 순위와의 차이") \
  X(kFactFastestTied, "Fastest of the leaders", "선두 가운데 가장 빠름") \
  X(kFactMedian, "Median latency", "지연 시간 중앙값") \
  X(kFactCost, "Cost per 1,000 items", "항목 1,000개당 비용") \
  X(kFactOver, "over {model}", "{model} 대비") \
  X(kNotMeasured, "not measured", "측정 안 함") \
  X(kNoneCorrect, "none correct", "정답 없음") \
  X(kAccounting, "What the calls cost", "호출별 비용") \
  X(kAccountingIntro, "Tokens times dated prices, to the billionth. Retries and failed calls are paid for too. Without cache: the same answers if no prompt had been asked before.", "토큰 수에 날짜가 있는 가격을 곱해 10억분의 1 단위까지 셌습니다. 재시도와 실패한 호출의 비용도 포함됩니다. 캐시 없음: 이전에 물은 적 없는 프롬프트였을 때 같은 답변의 비용입니다.") \
  X(kAsRun, "As run", "실행한 그대로") \
  X(kOfAnswers, "Answers", "답변") \
  X(kWithoutCache, "Answers without cache", "캐시 없는 답변") \
  X(kOfRetries, "Retries", "재시도") \
  X(kOfFailedCalls, "Failed calls", "실패한 호출") \
  X(kOfJudges, "Judges", "심판 모델") \
  X(kOfWarmUps, "Warm-ups", "준비 호출") \
  X(kPerRequest, "Per request", "요청당") \
  X(kPerMonth, "Per month", "월간") \
  X(kNotePrices, "prices {prices}", "가격 {prices}") \
  X(kNoteUnpriced, "{n} calls have no cost: {why}", "비용을 알 수 없는 호출 {n}건: {why}") \
  X(kNoteContradictory, "{n} replies contradict themselves in their token counts; their cost is doubtful", "토큰 수가 서로 맞지 않는 응답 {n}건, 그 비용은 확실하지 않습니다") \
  X(kNoteProjection, "under {mix}: {request} per request, {day} per day, {correct} per correct answer", "{mix} 조건에서 요청당 {request}, 하루 {day}, 정답당 {correct}") \
  X(kNoteNoProjection, "under {mix}: n/a, {why}", "{mix} 조건: 알 수 없음, {why}") \
  X(kInterval95, "95% interval {interval}", "95% 구간 {interval}") \
  X(kNotTold, "not told apart", "구별 안 됨") \
  X(kGroups, "Groups of suites", "스위트 묶음") \
  X(kGroupsIntro, "One figure over all suites of a group, with its 95% interval; suites are weighted by size unless the group says otherwise.", "묶음에 든 모든 스위트를 합한 값과 95% 구간. 묶음이 달리 정하지 않으면 크기로 가중합니다.") \
  X(kGroup, "Group", "묶음") \
  X(kValue, "Value", "값") \
  X(kSuites, "Suites", "스위트") \
  X(kQuality, "Quality", "품질") \
  X(kQualityIntro, "Point: measured value. Bar: 95% interval. Shaded: the interval of the best model.", "점: 측정값. 막대: 95% 구간. 음영: 가장 좋은 모델의 구간.") \
  X(kForestLabel, "{metric} of each model with its 95% interval", "모델별 {metric}와 95% 구간") \
  X(kHigherBetter, "higher is better", "높을수록 좋음") \
  X(kLowerBetter, "lower is better", "낮을수록 좋음") \
  X(kModel, "Model", "모델") \
  X(kAnswered, "Answered", "응답") \
  X(kFailed, "Failed", "실패") \
  X(kUnscored, "Unscored", "채점 불가") \
  X(kUnjudged, "Not yet judged", "채점 전") \
  X(kFailedNote, "Failed: no reply after all attempts; left out of quality. Unscored: the scorer could not judge the reply; left out too.", "실패: 모든 시도 뒤에도 응답 없음, 품질에서 제외. 채점 불가: 채점기가 판단하지 못한 응답, 역시 제외.") \
  X(kClaimed, "claimed {value}", "공개값 {value}") \
  X(kSlices, "By slice", "구분별") \
  X(kSlicesIntro, "{metric} for each value of a tag, with the number of items below. The stronger the shade, the better within its table.", "태그 값별 {metric}, 아래는 항목 수. 진할수록 그 표 안에서 좋은 값입니다.") \
  X(kSpeed, "Speed", "속도") \
  X(kSpeedIntro, "Latency runs from the moment a request was sent to the end of its reply; answered items only.", "지연 시간은 요청을 보낸 순간부터 응답이 끝날 때까지이며, 응답한 항목만 셉니다.") \
  X(kSimulatedClock, "These times come from a simulated clock, not from a measurement: {models}.", "다음 모델의 시간은 측정값이 아니라 모의 시계의 값입니다: {models}.") \
  X(kEcdfLabel, "Share of replies that arrived within a given latency, per model", "지연 시간 이내에 도착한 응답의 비율, 모델별") \
  X(kShareOfReplies, "replies within this time", "이 시간 안의 응답") \
  X(kLatency, "latency", "지연 시간") \
  X(kLatencyTable, "Latency", "지연 시간") \
  X(kTtftTable, "Time to first token", "첫 토큰까지의 시간") \
  X(kTtfaTable, "Time to first token of the answer", "답변의 첫 토큰까지의 시간") \
  X(kTokens, "Tokens", "토큰") \
  X(kTokensInput, "input", "입력") \
  X(kTokensCached, "cached input", "캐시된 입력") \
  X(kTokensReasoning, "reasoning", "추론") \
  X(kTokensOutput, "answer", "답변") \
  X(kTokensCutOff, "cut off while thinking", "추론 중 잘림") \
  X(kTokensNote, "Sums over all answered items, as the models reported them; where a model gives one sum for its output, it is split by length.", "응답한 모든 항목의 합계이며 모델이 보고한 값입니다. 출력의 합계만 알려 준 모델은 길이 비율로 나누었습니다.") \
  X(kCpuTable, "CPU time per item", "항목당 CPU 시간") \
  X(kMean, "mean", "평균") \
  X(kNoTimes, "No reply has been timed.", "시간이 기록된 응답이 없습니다.") \
  X(kCost, "Quality and cost", "품질과 비용") \
  X(kQualityLatency, "Quality and speed", "품질과 속도") \
  X(kCostPerThousand, "cost per 1,000 items ({currency})", "항목 1,000개당 비용 ({currency})") \
  X(kMedianLatency, "median latency", "지연 시간 중앙값") \
  X(kScatterCostLabel, "{metric} against cost per 1,000 items", "{metric}와 항목 1,000개당 비용") \
  X(kScatterTimeLabel, "{metric} against median latency", "{metric}와 지연 시간 중앙값") \
  X(kParetoCost, "Line: models that no other beats in both quality and cost. Up and to the left is better.", "선: 품질과 비용 모두에서 앞서는 다른 모델이 없는 모델. 왼쪽 위일수록 좋습니다.") \
  X(kParetoTime, "Line: models that no other beats in both quality and speed. Up and to the left is better.", "선: 품질과 속도 모두에서 앞서는 다른 모델이 없는 모델. 왼쪽 위일수록 좋습니다.") \
  X(kParetoCostNames, "Not beaten in both: {models}.", "둘 다에서 밀리지 않는 모델: {models}.") \
  X(kPerThousand, "per 1,000 items", "1,000개당") \
  X(kPerCorrect, "per correct answer", "정답당") \
  X(kTotal, "total", "합계") \
  X(kEnergy, "Energy", "에너지") \
  X(kEnergyNote, "Counters of the whole machine while the model had it, other programs included; a power that the user gave is called given. Joules for each token, request and correct answer are net of the idle machine where that is known.", "모델이 기계를 쓰는 동안 기계 전체의 계수기 값이며 다른 프로그램도 포함됩니다. 사용자가 준 전력은 사용자 제공으로 표시합니다. 토큰당, 요청당, 정답당 값은 유휴 전력을 아는 경우 이를 뺀 값입니다.") \
  X(kSentenceEnergyUnknownWhy, "Energy was not measured: {why}.", "에너지는 측정하지 않았습니다: {why}.") \
  X(kEnergySource, "source", "출처") \
  X(kEnergyMeasured, "measured", "측정") \
  X(kEnergyGiven, "given", "사용자 제공") \
  X(kEnergyGross, "gross", "총량") \
  X(kEnergyNet, "net of idle", "유휴 제외") \
  X(kEnergyIdle, "idle W", "유휴 W") \
  X(kEnergyPerRequest, "J per request", "요청당 J") \
  X(kEnergyPerCorrect, "J per correct answer", "정답당 J") \
  X(kEnergyCarbon, "g CO2e", "g CO2e") \
  X(kBasis, "basis", "근거") \
  X(kCurve, "How much data until a model must beat it", "데이터가 얼마나 있으면 모델이 이를 넘어야 하는가") \
  X(kCurveIntro, "{model} was trained on growing parts of the suite's own training lines. The level lines are the other models.", "{model} 모델을 이 평가 묶음의 학습 자료로 크기를 늘려 가며 학습했습니다. 수평선은 다른 모델입니다.") \
  X(kCurveLabel, "{metric} of {model} by number of training lines", "학습 자료 수에 따른 {model} 모델의 {metric}") \
  X(kTrainLines, "training lines", "학습 자료 수") \
  X(kCurveBeats, "From {size} training lines on, its {metric} is better than that of {other}, the best other model ({value}).", "학습 자료 {size}개부터 {metric} 값이 가장 좋은 다른 모델인 {other} ({value})보다 좋습니다.") \
  X(kCurveBeatsSure, "From {size} lines on, its whole 95% interval is better.", "{size}개부터는 95% 구간 전체가 더 좋습니다.") \
  X(kCurveNotSure, "At no size is its whole interval better, so this may be chance.", "구간 전체가 더 좋은 크기는 없으므로 우연일 수 있습니다.") \
  X(kCurveNever, "With all {size} training lines its {metric} stays behind {other}, the best other model ({value}).", "학습 자료 {size}개를 모두 써도 {metric} 값이 가장 좋은 다른 모델인 {other} ({value})에 못 미칩니다.") \
  X(kCurveMeaning, "A model that is worth its price on this task must stand above this curve at the amount of data you have.", "이 작업에서 값을 하는 모델이라면, 지금 가진 데이터 양에서 이 곡선보다 위에 있어야 합니다.") \
  X(kComparisons, "Best against each other model", "가장 좋은 모델과 다른 모델의 비교") \
  X(kHealth, "Data health", "데이터 상태") \
  X(kHealthIntro, "What the items of this suite can tell apart.", "이 평가 묶음의 항목이 무엇을 구별할 수 있는지 보여 줍니다.") \
  X(kHealthSummary, "Items, labels and how many items a comparison needs", "항목, 정답 분포, 비교에 필요한 항목 수") \
  X(kHealthSolved, "{n} items have a score of all {models} models: nobody solves {none}, everybody solves {all}.", "{models}개 모델 모두의 점수가 있는 항목 {n}개: 아무도 못 푼 항목 {none}개, 모두 푼 항목 {all}개.") \
  X(kHealthNegative, "On {count} items better models do worse; on {shown} of them beyond chance (5%, Holm; {models} models).", "더 나은 모델이 오히려 틀리는 항목 {count}개, 그 가운데 우연을 넘는 항목 {shown}개 (5%, Holm 보정, 모델 {models}개).") \
  X(kHealthFewModels, "Discrimination of items: n/a, too few models ({models}).", "항목 변별도: n/a, 모델 수 부족 ({models}개).") \
  X(kHealthLabels, "{labels} different right answers, evenness {evenness}; always answering “{label}” scores {share}.", "서로 다른 정답 {labels}개, 균등도 {evenness}. 항상 “{label}”(으)로 답할 때의 점수 {share}.") \
  X(kHealthNeeded, "Seeing a difference of {difference} (80% power, 5%) takes {items} items ({basis}); the {have} of this suite show {detectable}.", "{difference} 차이를 확인하려면 (검정력 80%, 5%) 항목 {items}개 필요 ({basis}). 이 묶음의 {have}개로 확인할 수 있는 차이: {detectable}.") \
  X(kHealthNone, "Nobody solves (positions)", "아무도 못 푼 항목 (위치)") \
  X(kHealthAll, "Everybody solves (positions)", "모두 푼 항목 (위치)") \
  X(kHealthWorst, "Better models do worse (positions)", "더 나은 모델이 틀리는 항목 (위치)") \
  X(kComparisonsIntro, "Paired on the items both models answered. Difference: first minus second. Holm p: corrected for the number of comparisons in this suite.", "두 모델이 모두 답한 항목끼리 짝지어 비교했습니다. 차이: 첫째 빼기 둘째. Holm p: 이 묶음의 비교 횟수로 보정한 값.") \
  X(kComparison, "Comparison", "비교") \
  X(kMetric, "Metric", "지표") \
  X(kDifference, "Difference", "차이") \
  X(kOnlyFirst, "Only first right", "첫째만 맞음") \
  X(kOnlySecond, "Only second right", "둘째만 맞음") \
  X(kTest, "Test", "검정") \
  X(kResult, "Result", "결과") \
  X(kIsBetter, "{model} is better", "{model} 우위") \
  X(kNoDifference, "no difference shown", "차이 확인 안 됨") \
  X(kNotComparable, "not comparable", "비교 불가") \
  X(kSamples, "Samples, worst first", "샘플, 나쁜 것부터") \
  X(kSamplesShown, "Shown: {shown} of {total} replies ({samples} samples), failures and low scores first. {left} are not shown; all of them:", "전체 {total}개 응답 가운데 {shown}개(샘플 {samples}개)를 실패와 낮은 점수부터 보입니다. 나머지 {left}개를 포함한 전부:") \
  X(kSamplesAll, "All {total} replies, failures and low scores first.", "전체 응답 {total}개, 실패와 낮은 점수부터.") \
  X(kSamplesSome, "Of models whose reply is not among the worst, the reply is not shown.", "나쁜 응답에 들지 않은 모델의 응답은 보이지 않습니다.") \
  X(kSamplesNone, "No run file was given, so single samples are not shown.", "실행 파일이 없어 개별 샘플은 보이지 않습니다.") \
  X(kSamplesEmpty, "No reply is stored for this suite.", "이 묶음에는 저장된 응답이 없습니다.") \
  X(kPrompt, "Prompt", "질문") \
  X(kExpected, "Expected", "정답") \
  X(kAlsoAccepted, "Also accepted", "다른 정답") \
  X(kGot, "Got", "응답") \
  X(kDiff, "Difference", "차이") \
  X(kJudged, "Judged text", "채점한 글") \
  X(kReasoning, "Reasoning", "추론 과정") \
  X(kScore, "Score", "점수") \
  X(kOutcome, "Outcome", "결과") \
  X(kSameAsExpected, "same as expected", "정답과 같음") \
  X(kEmptyAnswer, "(empty)", "(빈 응답)") \
  X(kNoReply, "no reply", "응답 없음") \
  X(kCutNote, "… {count} more characters, see the run file", "… {count}자 더 있음, 실행 파일 참고") \
  X(kPictureLeftOut, "picture not embedded ({why}): {path}", "그림을 넣지 않음 ({why}): {path}") \
  X(kPictureBudget, "size limit of this page", "이 문서의 크기 제한") \
  X(kPictureMissing, "file not found or not readable", "파일이 없거나 읽을 수 없음") \
  X(kPictureChanged, "the file changed since the run", "실행 뒤에 파일이 바뀜") \
  X(kPictureUnchecked, "the run file has no hash of it", "실행 파일에 해시가 없음") \
  X(kPictureType, "not a picture type browsers show", "브라우저가 보여 주는 형식이 아님") \
  X(kPictureSeen, "picture shown above: {path}", "위에 있는 그림: {path}") \
  X(kPictureAlt, "picture of sample {id}", "샘플 {id}의 그림") \
  X(kRepeat, "repeat {n}", "반복 {n}") \
  X(kAttempts, "{n} attempts", "시도 {n}회") \
  X(kMethod, "Method", "방법") \
  X(kHowToRepeat, "Repeat this report", "이 보고서 다시 만들기") \
  X(kRunCommands, "Sessions that wrote the run", "실행을 기록한 세션") \
  X(kStarted, "Started", "시작") \
  X(kCommand, "Command", "명령") \
  X(kHost, "Host", "컴퓨터") \
  X(kSuite, "Suite", "평가 묶음") \
  X(kSuiteHash, "suite hash", "묶음 해시") \
  X(kPromptHash, "prompt hash", "질문 해시") \
  X(kDataHash, "data hash", "자료 해시") \
  X(kScorerHash, "scorer hash", "채점기 해시") \
  X(kLicence, "licence", "라이선스") \
  X(kVersion, "Version", "버전") \
  X(kSpec, "Specification", "명세") \
  X(kConfigHash, "Configuration hash", "설정 해시") \
  X(kTrained, "Training lines", "학습 자료") \
  X(kAssayVersion, "Assay version", "Assay 버전") \
  X(kRunHash, "Run hash", "실행 해시") \
  X(kSeed, "Seed", "시드") \
  X(kSchema, "Run file schema", "실행 파일 스키마") \
  X(kMachinePrice, "Machine price per hour", "시간당 컴퓨터 비용") \
  X(kMethodsUsed, "How the intervals were made", "구간 계산 방법") \
  X(kMethodQuality, "quality", "품질") \
  X(kMethodLatency, "latency", "지연 시간") \
  X(kMethodDifference, "differences", "차이") \
  X(kGlossary, "Words", "용어") \
  X(kTermInterval, "95% interval", "95% 구간") \
  X(kTermIntervalText, "Had the whole measurement been repeated many times with new samples of the same kind, 95 of 100 such intervals would hold the true value.", "같은 종류의 새 샘플로 측정을 여러 번 되풀이하면 이런 구간 100개 가운데 95개가 참값을 담습니다.") \
  X(kTermN, "n", "n") \
  X(kTermNText, "How many samples a figure rests on.", "수치의 근거가 된 샘플 수.") \
  X(kTermP, "p, Holm p", "p, Holm p") \
  X(kTermPText, "The chance of a difference at least this large if the two models were equally good. Holm's correction keeps the chance of any false alarm among all comparisons of a suite below 5%.", "두 모델이 똑같이 좋을 때 이만큼 이상의 차이가 나올 확률. Holm 보정은 한 묶음의 모든 비교에서 한 번이라도 잘못 판정할 확률을 5% 아래로 둡니다.") \
  X(kTermPaired, "paired", "짝지은 비교") \
  X(kTermPairedText, "Both models answered the same samples; what counts is the difference on each.", "두 모델이 같은 샘플에 답했고, 샘플마다의 차이를 봅니다.") \
  X(kTermMedian, "median, p90, p99", "중앙값, p90, p99") \
  X(kTermMedianText, "Half, 90 of 100, 99 of 100 replies took at most this long.", "응답의 절반, 100개 중 90개, 99개가 이 시간 안에 끝났습니다.") \
  X(kTermNa, "n/a", "n/a") \
  X(kTermNaText, "There is no data for this figure. It is never counted as zero.", "이 수치의 자료가 없습니다. 0으로 세지 않습니다.") \
  X(kTermPp, "pp", "%p") \
  X(kTermPpText, "Percentage points: 40% to 42% is 2 pp.", "퍼센트포인트: 40%에서 42%는 2%p입니다.") \
  X(kFooter, "Made by Assay {version}. This page is one file: no network, no scripts.", "Assay {version} 작성. 네트워크와 스크립트 없이 한 파일로 된 문서입니다.") \
  X(kBetterUp, "better", "좋음") \
  X(kCompareTitle, "Assay comparison", "Assay 비교") \
  X(kCompareIntro, "{baseline} is the baseline. Change: new minus baseline, on the samples both have; p is corrected (Holm) over every row of a whole suite.", "{baseline} 파일이 기준입니다. 변화: 새 값 빼기 기준 값, 두 쪽에 모두 있는 샘플 기준. p는 구분을 나누지 않은 모든 행에 대해 Holm 보정한 값.") \
  X(kCompareNothing, "Nothing can be compared.", "비교할 수 있는 것이 없습니다.") \
  X(kCompareBetter, "{n} better", "{n}개 좋아짐") \
  X(kCompareWorse, "{n} worse", "{n}개 나빠짐") \
  X(kCompareNone, "no change shown in {n}", "변화 확인 안 됨 {n}개") \
  X(kCompareCannot, "{n} not comparable", "비교 불가 {n}개") \
  X(kBaseline, "Baseline", "기준") \
  X(kNew, "New", "새 값") \
  X(kChange, "Change", "변화") \
  X(kImproved, "Improved", "좋아진 샘플") \
  X(kWorsened, "Worsened", "나빠진 샘플") \
  X(kBetterNow, "better", "좋아짐") \
  X(kWorseNow, "worse", "나빠짐") \
  X(kNoChange, "no change shown", "변화 확인 안 됨") \
  X(kNotes, "Notes", "참고") \
  X(kWhichSamples, "Which samples", "어떤 샘플인가") \
  X(kLoad, "Load", "부하") \
  X(kLoadIntro, "What the models did under load. Read the instrument's own error below before any figure.", "부하를 걸었을 때 모델이 보인 성능입니다. 수치를 읽기 전에 아래의 측정 도구 오차를 먼저 보세요.") \
  X(kLoadOf, "Load: {models}", "부하: {models}") \
  X(kLoadCount, "{n} loads", "부하 {n}회") \
  X(kLoadOne, "1 load", "부하 1회") \
  X(kLoadHeadInvalid, "No figure of this load is valid: the instrument's own error is beyond its limits.", "이 부하의 수치는 모두 무효입니다: 측정 도구 자체의 오차가 한계를 넘었습니다.") \
  X(kLoadHeadNoReply, "No request of this load was answered.", "이 부하에서 응답을 받은 요청이 없습니다.") \
  X(kLoadHeadSearch, "{model} meets {slo} up to {rate}.", "{model}: {rate}까지 {slo} 조건을 지킵니다.") \
  X(kLoadHeadGoodput, "{model} reaches the highest goodput: {rate} within {slo}.", "{model} 모델의 굿풋이 가장 높습니다: {slo} 조건에서 {rate}.") \
  X(kLoadHeadGoodputAlone, "{model} reaches a goodput of {rate} within {slo}.", "{model} 모델의 굿풋: {slo} 조건에서 {rate}.") \
  X(kLoadHeadThroughput, "{model} reaches the highest throughput: {rate}.", "{model} 모델의 처리량이 가장 높습니다: {rate}.") \
  X(kLoadHeadThroughputAlone, "{model} reaches {rate}.", "{model} 모델의 최대 처리량: {rate}.") \
  X(kLoadSentenceAt, "Measured at {load}.", "{load}에서 잰 값입니다.") \
  X(kLoadSentenceAtInterval, "Measured at {load} (95% interval {interval}).", "{load}에서 잰 값입니다 (95% 구간 {interval}).") \
  X(kLoadSentenceTtft, "There the first token comes after {p50} at the median, {p99} at p99.", "이때 첫 토큰까지의 시간은 중앙값 {p50}, p99 {p99}입니다.") \
  X(kLoadSentenceE2e, "A whole reply takes {p50} at the median, {p99} at p99, counted from the moment it was due.", "응답 전체는 예정 시각부터 중앙값 {p50}, p99 {p99} 걸립니다.") \
  X(kLoadSentenceFailed, "Of {n} measured requests {failed} failed.", "측정한 요청 {n}개 가운데 {failed}개가 실패했습니다.") \
  X(kLoadSentenceNoFailure, "All {n} measured requests were answered.", "측정한 요청 {n}개에 모두 응답했습니다.") \
  X(kLoadSentenceInvalid, "{n} of {total} loads are INVALID and left out here: the instrument's own error is beyond its limits.", "부하 {total}회 가운데 {n}회는 무효이므로 여기서 뺐습니다: 측정 도구 자체의 오차가 한계를 넘었습니다.") \
  X(kLoadSentenceValid, "The instrument stayed within its limits in all {total} loads.", "부하 {total}회 모두에서 측정 도구의 오차가 한계 안에 있었습니다.") \
  X(kLoadSentenceValidOne, "The instrument stayed within its limits.", "측정 도구의 오차는 한계 안에 있었습니다.") \
  X(kLoadSentenceSaturated, "In {n} of {total} loads the server was saturated: the backlog grew until the end.", "부하 {total}회 가운데 {n}회에서 서버가 포화되어, 밀린 요청이 끝까지 늘었습니다.") \
  X(kLoadSentencePair, "{a} against {b}: {result}.", "{a} / {b} 비교: {result}.") \
  X(kLoadRequestsPerS, "requests/s", "요청/초") \
  X(kLoadOutputTokensPerS, "output tokens/s", "출력 토큰/초") \
  X(kLoadTotalTokensPerS, "all tokens/s", "전체 토큰/초") \
  X(kLoadPrefillPerS, "prefill tokens/s", "프리필 토큰/초") \
  X(kLoadSteadyPerS, "steady output tokens/s", "정상 구간 출력 토큰/초") \
  X(kLoadGoodput, "goodput", "굿풋") \
  X(kLoadGoodputPerS, "goodput, requests/s", "굿풋, 요청/초") \
  X(kLoadGoodShare, "within the SLO", "SLO 충족") \
  X(kLoadAvailability, "availability", "가용성") \
  X(kLoadInFlight, "in flight, mean", "평균 동시 요청") \
  X(kLoadConcurrency, "concurrency", "동시 요청 수") \
  X(kLoadRate, "requests/s offered", "초당 보낸 요청") \
  X(kLoadLabelClosed, "concurrency {n}", "동시 요청 {n}") \
  X(kLoadLabelConstant, "{rate} requests/s, evenly", "초당 요청 {rate}, 일정") \
  X(kLoadLabelPoisson, "{rate} requests/s, Poisson", "초당 요청 {rate}, 포아송") \
  X(kLoadLabelGamma, "{rate} requests/s, gamma {shape}", "초당 요청 {rate}, 감마 {shape}") \
  X(kLoadLabelRamp, "ramp {rate} to {end} requests/s", "초당 요청 {rate}에서 {end}까지 증가") \
  X(kLoadLabelTrace, "trace {trace}", "트레이스 {trace}") \
  X(kLoadLabelBurst, "burst of {n}", "한꺼번에 {n}개") \
  X(kLoadPoint, "Load", "부하") \
  X(kLoadProbe, "probe", "탐색") \
  X(kLoadRound, "round {n}", "{n}회차") \
  X(kLoadRounds, "{n} rounds", "{n}회 반복") \
  X(kLoadRequests, "requests", "요청") \
  X(kLoadSloText, "{limits} for {share} of requests", "요청의 {share}에서 {limits}") \
  X(kLoadSloMet, "SLO", "SLO") \
  X(kLoadMet, "met", "충족") \
  X(kLoadNotMet, "not met", "미달") \
  X(kLoadTooSmall, "~ no interval: n is too small to bound this percentile. n/a: there is no such figure.", "~ 구간 없음: 이 백분위를 한정하기에는 n이 작습니다. n/a: 그런 수치가 없습니다.") \
  X(kLoadTable, "Results, with 95% intervals where the data support them", "결과와 95% 구간 (자료가 충분한 경우)") \
  X(kLoadLatencyByLoad, "Time to first token against load", "부하에 따른 첫 토큰까지의 시간") \
  X(kLoadE2eByLoad, "Time for a whole reply against load, from due", "부하에 따른 전체 응답 시간, 예정 시각부터") \
  X(kLoadLatencyNote, "Line and mark: p50; dashed line: p99. Bars: 95% intervals. Hollow mark: invalid load.", "실선과 표식: p50, 점선: p99. 막대: 95% 구간. 빈 표식: 무효인 부하.") \
  X(kLoadThroughputByLoad, "Output tokens/s against load", "부하에 따른 초당 출력 토큰") \
  X(kLoadRateByLoad, "Requests/s against load", "부하에 따른 초당 요청") \
  X(kLoadFrontier, "Latency against throughput", "처리량에 따른 지연 시간") \
  X(kLoadFrontierNote, "Each mark is one load, joined in the order of growing load; down and to the right is better. Ringed: the highest goodput of its model. Vertical line: knee or highest rate found by a search.", "표식 하나가 부하 하나이며, 부하가 커지는 순서로 이었습니다. 오른쪽 아래일수록 좋습니다. 고리: 그 모델의 가장 높은 굿풋. 세로선: 탐색으로 찾은 무릎점 또는 최고 요청률.") \
  X(kLoadE2eP50, "whole reply from due, p50", "전체 응답 (예정 시각부터), p50") \
  X(kLoadTime, "time", "시간") \
  X(kLoadCdf, "Distribution of {metric}: {model}", "{metric} 분포: {model}") \
  X(kLoadCdfs, "Distributions (CDF)", "분포 (CDF)") \
  X(kLoadShareOfRequests, "requests within this time", "이 시간 안의 요청") \
  X(kLoadShareOfGaps, "token gaps within this time", "이 시간 안의 토큰 간격") \
  X(kLoadSeries, "Over time", "시간에 따른 변화") \
  X(kLoadSeriesOf, "{load} over time", "{load}, 시간에 따른 변화") \
  X(kLoadSeriesTokens, "output tokens/s", "출력 토큰/초") \
  X(kLoadSeriesInFlight, "in flight", "동시 요청") \
  X(kLoadSeriesE2e, "whole reply, p50", "전체 응답, p50") \
  X(kLoadSeriesTtft, "first token, p50", "첫 토큰, p50") \
  X(kLoadSeriesErrors, "failed requests", "실패한 요청") \
  X(kLoadSinceBegin, "seconds since the load began", "부하 시작 뒤 초") \
  X(kLoadPercentiles, "All percentiles", "모든 백분위") \
  X(kLoadLeftOut, "{count} more are in the JSON report.", "나머지 {count}개는 JSON 보고서에 있습니다.") \
  X(kLoadInstrument, "The instrument's own error", "측정 도구 자체의 오차") \
  X(kLoadInstrumentIntro, "p50 / p99 / max of what the measuring program did late. Beyond the limits a load is invalid, whatever the server did.", "측정 프로그램이 늦은 정도의 p50 / p99 / 최댓값. 한계를 넘으면 서버와 상관없이 그 부하는 무효입니다.") \
  X(kLoadDispatchLate, "sent after due", "예정보다 늦게 보냄") \
  X(kLoadLoopLag, "loop lag", "루프 지연") \
  X(kLoadStampLag, "stamp lag", "수신 시각 지연") \
  X(kLoadTimerLate, "timer late", "타이머 지연") \
  X(kLoadCoalesced, "coalesced reads", "합쳐진 읽기") \
  X(kLoadKernelStamps, "kernel stamps", "커널 시각") \
  X(kLoadClientCpu, "client CPU", "클라이언트 CPU") \
  X(kLoadCpuOfCore, "{share} of a core", "코어의 {share}") \
  X(kLoadVerdict, "verdict", "판정") \
  X(kLoadValid, "valid", "유효") \
  X(kLoadInvalid, "INVALID", "무효") \
  X(kLoadInvalidLine, "INVALID, {load}: {reason}", "무효, {load}: {reason}") \
  X(kLoadWarningLine, "Note, {load}: {reason}", "참고, {load}: {reason}") \
  X(kCompareLoads, "{n} figures of loads compared", "부하 수치 {n}개 비교") \
  X(kLoadValidLoads, "Valid loads", "유효한 부하") \
  X(kLoadBang, "! INVALID load: the reasons stand at the top.", "! 무효인 부하: 이유는 맨 위에 있습니다.") \
  X(kLoadInstrumentLine, "{load}: sent after due {late}; loop lag {loop}; stamp lag {stamp}; timer late {timer}; coalesced reads {coalesced}; kernel stamps {kernel}; client CPU {cpu}: {verdict}", "{load}: 예정보다 늦게 보냄 {late}; 루프 지연 {loop}; 수신 시각 지연 {stamp}; 타이머 지연 {timer}; 합쳐진 읽기 {coalesced}; 커널 시각 {kernel}; 클라이언트 CPU {cpu}: {verdict}") \
  X(kLoadErrors, "Errors by kind", "종류별 오류") \
  X(kLoadErrorsNone, "No request failed.", "실패한 요청이 없습니다.") \
  X(kLoadErrorsLine, "{load}: {errors} (of {n})", "{load}: {errors} (전체 {n})") \
  X(kLoadKind, "Kind", "종류") \
  X(kLoadCountColumn, "Count", "수") \
  X(kLoadSaturatedLine, "SATURATED, {load}: the backlog grew until the end, so this rate cannot be kept.", "포화, {load}: 밀린 요청이 끝까지 늘어, 이 요청률은 유지될 수 없습니다.") \
  X(kLoadEndedLine, "{load} ended early: {reason}", "{load} 조기 종료: {reason}") \
  X(kLoadSearches, "Searches", "탐색") \
  X(kLoadSearchSlo, "{model}: highest rate that meets {slo}: {value}, between {low} (met) and {high} (not met); {n} probes.", "{model}: {slo} 조건을 지키는 최고 요청률 {value}, {low} (충족)와 {high} (미달) 사이, 탐색 {n}회.") \
  X(kLoadSearchKnee, "{model}: knee at {value}, between {low} and {high}; {n} probes.", "{model}: 무릎점 {value}, {low}와 {high} 사이, 탐색 {n}회.") \
  X(kLoadSearchNone, "{model}: no value found ({why}); {n} probes.", "{model}: 값을 찾지 못함 ({why}), 탐색 {n}회.") \
  X(kLoadKnee, "knee, {model}", "무릎점, {model}") \
  X(kLoadHighestRate, "highest rate, {model}", "최고 요청률, {model}") \
  X(kLoadComparisons, "Models at the same load, paired by round", "같은 부하에서의 모델 비교, 회차별로 짝지음") \
  X(kLoadComparisonsIntro, "Difference: second minus first, 95% interval. A difference whose interval holds zero is not shown.", "차이: 둘째 빼기 첫째, 95% 구간. 구간에 0이 들어 있으면 차이는 확인되지 않은 것입니다.") \
  X(kLoadRatio, "Ratio", "비") \
  X(kLoadLower, "{model} is lower", "{model} 쪽이 낮음") \
  X(kLoadHigher, "{model} is higher", "{model} 쪽이 높음") \
  X(kLoadFew, "n too small", "n 부족") \
  X(kLoadEnergy, "Energy", "에너지") \
  X(kLoadEnergyPerToken, "J per output token", "출력 토큰당 J") \
  X(kLoadEnergyNot, "not measured: {why}", "측정 안 함: {why}") \
  X(kLoadHistory, "Availability over all loads of the file", "파일의 모든 부하에 대한 가용성") \
  X(kLoadTokens, "How tokens were counted", "토큰을 센 방법") \
  X(kLoadTokensLine, "{method}; {tokens} tokens in {chunks} chunks", "{method}, 청크 {chunks}개에 토큰 {tokens}개") \
  X(kLoadTokensDifference, "tokens against chunks {share}", "청크 대비 토큰 {share}") \
  X(kLoadTokensMissing, "{n} replies without usage", "사용량 없는 응답 {n}개") \
  X(kLoadMachine, "Server's machine", "서버 컴퓨터") \
  X(kLoadServerCpu, "server CPU {value}", "서버 CPU {value}") \
  X(kLoadServerMemory, "server memory {value}", "서버 메모리 {value}") \
  X(kLoadGpu, "GPU {n} {name}: {share} busy, {memory}, {power}", "GPU {n} {name}: 사용률 {share}, {memory}, {power}") \
  X(kLoadCorrelation, "input length and TTFT, rho", "입력 길이와 TTFT, rho") \
  X(kLoadCostPer, "cost", "비용") \
  X(kLoadMore, "Other figures", "그 밖의 수치") \
  X(kLoadWords, "What the times count", "시간의 정의") \
  X(kLoadTtft, "TTFT", "TTFT") \
  X(kLoadTtftText, "Sending to the first token of any channel; a role, an empty piece or a comment is none.", "보낸 때부터 어느 채널이든 첫 토큰까지. 역할, 빈 조각, 주석은 토큰이 아닙니다.") \
  X(kLoadTtfa, "TTFA", "TTFA") \
  X(kLoadTtfaText, "Sending to the first token of the answer, after any reasoning.", "보낸 때부터 추론을 지나 답변의 첫 토큰까지.") \
  X(kLoadTpot, "TPOT", "TPOT") \
  X(kLoadTpotText, "Time from the first to the last token of a reply, divided by its tokens less one; one figure per reply.", "응답의 첫 토큰부터 마지막 토큰까지의 시간을 (토큰 수 - 1)로 나눈 값. 응답마다 하나.") \
  X(kLoadItl, "ITL", "ITL") \
  X(kLoadItlText, "Gap between two pieces, divided by the tokens of the later one; one figure per token.", "두 조각 사이의 간격을 뒤 조각의 토큰 수로 나눈 값. 토큰마다 하나.") \
  X(kLoadChunkGap, "chunk gap", "청크 간격") \
  X(kLoadChunkGapText, "Gap between two pieces as they arrived. A chunk is not a token.", "도착한 두 조각 사이의 간격. 청크는 토큰이 아닙니다.") \
  X(kLoadNormalized, "normalised", "정규화") \
  X(kLoadNormalizedText, "Whole reply from due, divided by its output tokens.", "예정 시각부터의 전체 응답 시간을 출력 토큰 수로 나눈 값.") \
  X(kLoadE2e, "E2E", "E2E") \
  X(kLoadE2eText, "From the moment a request was due to its last byte: a stall of the server or of this program is inside.", "요청의 예정 시각부터 마지막 바이트까지. 서버나 이 프로그램이 멈춘 시간도 들어갑니다.") \
  X(kLoadE2eSent, "E2E, sent", "E2E, 보낸 때부터") \
  X(kLoadE2eSentText, "From sending to the last byte.", "보낸 때부터 마지막 바이트까지.") \
  X(kLoadQueue, "queue", "대기") \
  X(kLoadQueueText, "From due to sending: how long a request waited on this side.", "예정 시각부터 보낼 때까지, 이쪽에서 기다린 시간.") \
  X(kLoadGoodputText, "Requests per second that were answered within every limit of the SLO; failures count as misses.", "SLO의 모든 한계 안에서 답한 초당 요청. 실패는 미달로 셉니다.") \
  X(kLoadAvailabilityText, "Share of measured requests that were answered.", "측정한 요청 가운데 답을 받은 비율.") \
  X(kLoadSteadyText, "The part of the window with the load fully on, without its beginning and its end.", "시작과 끝을 뺀, 부하가 온전히 걸린 구간.") \
  X(kLoadDispatchText, "Sending minus due, of open loops and bursts. It is inside E2E from due and not inside TTFT.", "열린 루프와 한꺼번에 보내기에서 보낸 때 빼기 예정 시각. 예정 시각부터의 E2E에는 들어가고 TTFT에는 들어가지 않습니다.") \
  X(kLoadStampText, "How much later this program had a piece in hand than the kernel; times use the kernel's.", "커널이 받은 때보다 이 프로그램이 조각을 손에 넣은 때가 얼마나 늦었는지. 시간은 커널의 것을 씁니다.") \
  X(kLoadLoopText, "Waking up to stamping a piece.", "깨어나서 조각에 시각을 찍을 때까지.") \
  X(kLoadCoalescedText, "Share of pieces whose read returned several segments: their time is that of the last one.", "한 번의 읽기로 여러 세그먼트가 온 조각의 비율. 그 시각은 마지막 세그먼트의 것입니다.") \
  X(kLoadSee, "Details of the load", "부하 자세히 보기") \
  X(kLoadSteady, "steady part", "정상 구간") \
  X(kCouldSee, "Could see", "검출 가능") \
  X(kCouldSeeText, "n = {n} could see {size}", "n = {n}에서 검출 가능한 차이 {size}") \
  X(kCompareTied, "Best of all: {best}. Not shown to differ from it: {tied}.", "전체에서 가장 좋은 모델: {best}. 차이가 확인되지 않은 모델: {tied}.") \
  X(kCompareClear, "Best of all: {best}; every other is shown to differ.", "전체에서 가장 좋은 모델: {best}. 나머지는 모두 차이가 확인됨.") \
  X(kCompareSlices, "{n} slices: {better} better, {worse} worse, the rest not shown to change", "구분 {n}개: {better}개 좋아짐, {worse}개 나빠짐, 나머지는 변화 확인 안 됨") \
  X(kCompareSlicesIntro, "Slices explore: their p is corrected (Holm) among slices alone.", "구분별 결과는 탐색용이며, p는 구분끼리만 Holm 보정한 값입니다.") \
  X(kSliceColumn, "Slice", "구분") \
  X(kCompareSpeedIntro, "Median times. Ratio: new divided by baseline, above 1 is slower; p is corrected (Holm) over these rows.", "시간의 중앙값. 비: 새 값 나누기 기준 값, 1보다 크면 느려짐. p는 이 표의 행들에 대해 Holm 보정한 값.") \
  X(kCompareTtft, "first token", "첫 토큰") \
  X(kCompareTtfa, "first token of the answer", "답변의 첫 토큰") \
  X(kMarginColumn, "Margin {margin}", "한계 {margin}") \
  X(kMarginWithin, "within", "한계 이내") \
  X(kMarginBeyond, "beyond: regressed", "한계 초과: 나빠짐") \
  X(kMarginUndecided, "undecided", "판정 불가") \
  X(kTco, "API, rented and own machines", "API, 임대 장비, 자체 장비") \
  X(kTcoTraffic, "{volume} requests a day, {input} input and {output} output tokens each, the busiest hour {peak} times the mean. Estimates in {currency}; an idle hour costs what a busy one does.", "하루 요청 {volume}건, 요청마다 입력 토큰 {input}개와 출력 토큰 {output}개, 가장 바쁜 시간은 평균의 {peak}배. {currency} 추정치이며, 노는 시간의 비용도 바쁜 시간과 같습니다.") \
  X(kTcoSplit, "A node's hour is split between input and output by the share of its time.", "노드 시간은 입력과 출력에 쓰인 시간 비율로 나눕니다.") \
  X(kTcoCachedNote, "Input tokens include cache hits ({share} at the API): a throughput should be measured with as many.", "입력 토큰에는 캐시 적중이 포함됩니다 (API 쪽 {share}). 처리량도 같은 적중률로 측정해야 합니다.") \
  X(kTcoApi, "API", "API") \
  X(kTcoRent, "rented", "임대") \
  X(kTcoOwn, "own", "자체") \
  X(kTcoOption, "Option", "방식") \
  X(kTcoMonth, "A month", "월 비용") \
  X(kTcoPerRequest, "A request", "요청당") \
  X(kTcoMillionIn, "Million in", "입력 100만당") \
  X(kTcoMillionOut, "Million out", "출력 100만당") \
  X(kTcoNodes, "Nodes", "노드") \
  X(kTcoUsed, "Used", "사용률") \
  X(kTcoFull, "A request, full nodes", "요청당, 노드가 찼을 때") \
  X(kTcoBreakEven, "Break-even", "손익분기") \
  X(kTcoFrom, "{self} against {api}: cheaper above {volume} requests a day ({nodes} nodes), to the end of the volumes.", "{api} 대비 {self}: 하루 요청 {volume}건을 넘으면 물량 범위 끝까지 더 쌉니다 (노드 {nodes}개).") \
  X(kTcoFirst, "Below that it is cheaper for a while above {volume}, until one node more is needed.", "그 아래에서도 {volume}건을 넘으면 잠시 더 싸지만, 노드가 더 필요해지면 다시 비싸집니다.") \
  X(kTcoAlways, "{self} against {api}: cheaper at every volume.", "{api} 대비 {self}: 모든 물량에서 더 쌉니다.") \
  X(kTcoNever, "{self} against {api}: never at this size. A request costs {least} even with full nodes, {price} at the API.", "{api} 대비 {self}: 이 규모에서는 손익분기가 없습니다. 노드를 꽉 채워도 요청당 {least}, API 요금 {price}.") \
  X(kTcoBeyond, "{self} against {api}: never at this size, up to {end} requests a day; it would be above {volume} ({nodes} nodes).", "{api} 대비 {self}: 하루 요청 {end}건까지 이 규모에서는 손익분기가 없습니다. {volume}건을 넘어야 합니다 (노드 {nodes}개).") \
  X(kTcoOverVolume, "A month over the volume", "물량별 월 비용") \
  X(kTcoVolume, "Requests a day", "하루 요청") \
  X(kTcoTableNote, "*: the cheapest; in brackets: nodes.", "*: 가장 싼 방식, 괄호: 노드 수.") \
  X(kTcoChart, "Cost of a month over the volume", "물량에 따른 월 비용") \
  X(kTcoChartNote, "Both axes are logarithmic; each step is one node more. Ringed: your volume. Vertical line: break-even.", "두 축 모두 로그입니다. 계단마다 노드가 하나씩 늘어납니다. 고리: 내 물량, 세로선: 손익분기.") \
  X(kTcoParts, "What a month is made of", "월 비용의 구성") \
  X(kTcoPartRent, "Rent", "임대료") \
  X(kTcoPartCapital, "Capital", "자본 회수") \
  X(kTcoPartMaintenance, "Maintenance", "유지보수") \
  X(kTcoPartEnergy, "Energy", "전력") \
  X(kTcoPartOther, "Other", "기타") \
  X(kTcoPartStaff, "Staff", "인건비") \
  X(kTcoMemory, "Memory", "메모리") \
  X(kTcoPrecision, "Precision", "정밀도") \
  X(kTcoWeights, "Weights", "가중치") \
  X(kTcoCache, "KV cache", "KV 캐시") \
  X(kTcoOverhead, "Overhead", "부가") \
  X(kTcoTotal, "In all", "합계") \
  X(kTcoGpus, "GPUs", "GPU") \
  X(kTcoNoFit, "more than {gpus} × {gpu}", "{gpu} {gpus}개로 부족") \
  X(kTcoFilled, "Filled", "채움") \
  X(kTcoSequences, "Sequences that fit", "들어가는 시퀀스") \
  X(kTcoLeast, "By the sum", "합계만으로") \
  X(kTcoLeastNote, "By the sum: GPUs that the sum alone takes; their number must divide the model too.", "합계만으로: 메모리 합계만 볼 때의 GPU 수. 실제 수는 모델도 나눌 수 있어야 합니다.") \
  X(kTcoInputs, "What was assumed", "가정한 값") \
  X(kTcoInput, "Input", "항목") \
  X(kTcoValue, "Value", "값") \
  X(kTcoOrigin, "Origin", "출처") \
  X(kTcoWhy, "From", "근거") \
  X(kTcoGiven, "given", "지정") \
  X(kTcoMeasured, "measured", "측정") \
  X(kTcoDefault, "default", "기본값") \
  X(kTrend, "Trend over runs", "실행에 따른 추이") \
  X(kTrendIntro, "Figures of earlier runs, from the history file. A change point is where the figures before and after are not of one level (E-divisive, 5% for each line). Where prompt, data or scorer changed, a line begins anew and is not compared with what was before.", "이력 파일에 있는 이전 실행의 수치입니다. 변화점은 앞뒤 수치의 수준이 달라진 곳입니다 (E-divisive, 추이마다 5%). 프롬프트, 데이터, 채점기가 바뀐 곳에서는 선이 새로 시작하며 그 앞과 비교하지 않습니다.") \
  X(kTrendLabel, "{metric} of {model} over runs", "실행에 따른 {metric}, {model}") \
  X(kTrendNote, "Mark: a run; bar: 95% interval; dashed line: mean between changes; ringed: the first run after a change; vertical line: something else was asked or judged from there on.", "표식: 실행, 막대: 95% 구간, 점선: 변화 사이의 평균, 고리: 변화 뒤의 첫 실행, 세로선: 여기부터 질문이나 채점이 다름.") \
  X(kTrendRuns, "Runs", "실행 수") \
  X(kTrendNewest, "Newest", "최근 값") \
  X(kTrendChanges, "Changes", "변화") \
  X(kTrendNone, "no change point", "변화점 없음") \
  X(kTrendWorse, "{date}: {values}, worse ({p})", "{date}: {values}, 나빠짐 ({p})") \
  X(kTrendBetter, "{date}: {values}, better ({p})", "{date}: {values}, 좋아짐 ({p})") \
  X(kTrendConfig, "{date}: the configuration of the model changed too", "{date}: 모델 설정도 바뀜") \
  X(kTrendBreak, "{date}: another {what}, not compared with what was before", "{date}: {what} 바뀜, 그 앞과 비교하지 않음") \
  X(kTrendPrompt, "prompt", "프롬프트") \
  X(kTrendData, "data", "데이터") \
  X(kTrendScorer, "scorer", "채점기") \
  X(kTrendAxis, "runs, oldest first", "실행, 오래된 순") \
  X(kTrendMore, "{n} more charts are left out; the table and the JSON report have all.", "차트 {n}개는 생략했습니다. 표와 JSON 보고서에는 모두 있습니다.") \
  X(kDecision, "Decision", "결정") \
  X(kDecideHeadAdopt, "Adopt {model}.", "{model} 모델 채택.") \
  X(kDecideHeadUndecided, "Undecided.", "결정 보류.") \
  X(kDecideHeadTied, "Cannot be told apart.", "구별 안 됨.") \
  X(kDecideAdopt, "Adopt {model}: {why}", "{model} 모델 채택: {why}") \
  X(kDecideUndecided, "Undecided: {why}", "결정 보류: {why}") \
  X(kDecideTied, "Cannot be told apart: {why}", "구별 안 됨: {why}") \
  X(kDecideNone, "None: every model fails a requirement", "채택할 모델 없음: 모든 모델이 조건에 어긋남") \
  X(kDecideNoData, "No decision: nothing was scored", "결정 없음: 채점된 답이 없음") \
  X(kDecideOnly, "no other model is left to choose from", "고를 수 있는 다른 모델이 없음") \
  X(kDecideOnlyGood, "every other model is shown to lose more than {margin} in {metric}", "다른 모델은 모두 {metric} 손실이 {margin}보다 크다고 확인됨") \
  X(kDecideCheapest, "{cost}, the least of the {count} models not shown to lose more than {margin} in {metric}; the next, {other}, costs {ratio} times as much", "{cost}, {metric} 손실이 {margin}보다 크다고 확인되지 않은 모델 {count}개 가운데 최저. 그다음은 {other}, 비용 {ratio}배") \
  X(kDecideQualityOpen, "{model} is the cheapest ({cost}), but is not shown to be within {margin} of {other} in {metric} (loses {loss})", "가장 싼 모델은 {model} ({cost}), 그러나 {other} 대비 {metric} 손실이 {margin} 이내인지 확인되지 않음 (손실 {loss})") \
  X(kDecideCostTied, "{model} is the cheapest of the tied models ({cost}), but no difference in cost from {other} is shown ({ratio} times as much)", "구별되지 않는 모델 가운데 가장 싼 것은 {model} ({cost}), 그러나 {other} 대비 비용 차이는 확인되지 않음 ({ratio}배)") \
  X(kDecideCostOpen, "{model} is the cheapest whose cost is known ({cost}), but that of {other} is not", "비용이 알려진 모델 가운데 가장 싼 것은 {model} ({cost}), 그러나 비용을 모르는 모델: {other}") \
  X(kDecideNoCost, "{model} has the best {metric}, but {other} is not shown to lose more than {margin}, and no cost is known", "{metric} 최고는 {model}, 그러나 {margin}보다 큰 손실이 확인되지 않은 모델: {other}. 비용은 알려지지 않음") \
  X(kDecideNoneCorrect, "no model gave a correct answer", "정답을 낸 모델이 없음") \
  X(kDecidePerCorrect, "{cost} per correct answer", "정답 하나당 {cost}") \
  X(kDecidePerScore, "{cost} per unit of score", "점수 1당 {cost}") \
  X(kDecidePerItem, "{cost} per item", "항목 하나당 {cost}") \
  X(kDecideChangePrice, "{other} becomes the choice if its cost falls by {fall} (below {price} per item) or that of {model} rises by {rise}", "{other} 비용이 {fall} 내리거나 (항목당 {price} 미만) {model} 비용이 {rise} 오르면 선택은 {other}") \
  X(kDecideChangeUnknownPrice, "{other} becomes the choice if it costs less than {price} per item", "{other} 비용이 항목당 {price} 미만이면 선택은 {other}") \
  X(kDecideChangeMargin, "with a margin of {margin} or more {other} becomes the choice", "허용 손실이 {margin} 이상이면 선택은 {other}") \
  X(kDecideChangeRequirement, "without the requirement {requirements} {other} becomes the choice", "{requirements} 조건이 없으면 선택은 {other}") \
  X(kDecideChangeUnknown, "if {model} turns out to fail {requirements}, {other} becomes the choice", "{model} 모델이 {requirements} 조건에 어긋나는 것으로 드러나면 선택은 {other}") \
  X(kDecideChangeAbove, "by a weighted sum {other} leads once quality weighs more than {weight}", "가중합에서는 품질 가중치가 {weight}보다 크면 {other} 우세") \
  X(kDecideChangeBelow, "by a weighted sum {other} leads once quality weighs less than {weight}", "가중합에서는 품질 가중치가 {weight}보다 작으면 {other} 우세") \
  X(kDecideNoChange, "no price, margin or weight makes another model the choice", "가격, 허용 손실, 가중치를 바꾸어도 선택은 그대로") \
  X(kDecideByWeights, "With the weights given {model} is first in {share} of the draws.", "준 가중치에서 1위: {model}, 추출의 {share}.") \
  X(kDecideUnknown, "not known of it: {requirements}", "알려지지 않은 조건: {requirements}") \
  X(kDecideNotShown, "not shown: {requirements}", "확인되지 않은 조건: {requirements}") \
  X(kDecideWould, "What would change it", "무엇이 바뀌면 달라지는가") \
  X(kDecideCostColumn, "Per correct", "정답당") \
  X(kDecideScoreColumn, "Per score", "점수당") \
  X(kDecideItemColumn, "Per item", "항목당") \
  X(kDecideRatioColumn, "Ratio", "비") \
  X(kDecideRatioNote, "Ratio: cost over that of {model}. Standing: what a model loses against the best, by the paired interval. Front: share of resamples in which no other model is at least as good, cheap and fast. First: share of weightings and resamples that rank it first.", "비: {model} 대비 비용. 위치: 최고 모델 대비 손실, 짝지은 구간 기준. 경계: 품질, 비용, 속도 모두에서 앞서는 다른 모델이 없는 재표집의 비율. 1위: 가중치와 재표집 가운데 1위가 되는 비율.") \
  X(kDecideStanding, "Standing", "위치") \
  X(kDecideFront, "Front", "경계") \
  X(kDecideFirst, "First", "1위") \
  X(kDecideWeighted, "First, your weights", "1위, 준 가중치") \
  X(kDecideMeanRank, "Mean rank", "평균 순위") \
  X(kDecideRequirements, "Requirements", "조건") \
  X(kDecideRequirement, "Requirement", "조건") \
  X(kDecideWanted, "Wanted", "요구") \
  X(kDecideBest, "best", "최고") \
  X(kDecideWithin, "within {margin}", "{margin} 이내") \
  X(kDecideOpen, "undecided", "판정 불가") \
  X(kDecideWorse, "worse", "나쁨") \
  X(kDecideOut, "out", "제외") \
  X(kDecideNoneCorrectCell, "none correct", "정답 없음") \
  X(kDecidePass, "pass", "충족") \
  X(kDecideFail, "fail", "미달") \
  X(kDecideUnknownCell, "unknown", "모름") \
  X(kDecideNotShownCell, "not shown", "확인 안 됨") \
  X(kDecideRanks, "Rank acceptability: how often each model takes each rank, over all weightings of the criteria that every model left has ({criteria}) and all resamples.", "순위 수용도: 남은 모델 모두에 있는 기준({criteria})의 모든 가중치와 모든 재표집에서 각 모델이 각 순위를 차지하는 비율.") \
  X(kDecideRank, "Rank {n}", "{n}위") \
  X(kDecideCostAxis, "cost per item, {currency}", "항목당 비용, {currency}") \
  X(kDecideFrontLabel, "{metric} against cost per item", "항목당 비용에 따른 {metric}") \
  X(kDecideFrontNote, "Line: models that no other beats in both quality and cost; membership of the front over quality, cost and latency: {shares}.", "선: 품질과 비용 모두에서 앞서는 다른 모델이 없는 모델. 품질, 비용, 지연 시간 경계에 들 확률: {shares}.") \
  X(kDecideBasis, "{n} samples, {units} units drawn {draws} times, margin {margin}", "샘플 {n}개, 단위 {units}개를 {draws}번 추출, 허용 손실 {margin}") \
  X(kTrendOlder, "{n} older runs left out", "더 오래된 실행 {n}개 생략")
// clang-format on

enum class Msg {
#define ASSAY_REPORT_STRING_ID(id, english, korean) id,
  ASSAY_REPORT_STRINGS(ASSAY_REPORT_STRING_ID)
#undef ASSAY_REPORT_STRING_ID
      kCount
};

using Fill = std::pair<std::string_view, std::string_view>;  // {name} and what stands for it

std::string_view say(Language language, Msg message);
// Each {name} replaced; an unknown {name} stays as it is. What is filled in is not looked at again.
std::string say(Language language, Msg message, std::initializer_list<Fill> fills);

}  // namespace assay::reports
