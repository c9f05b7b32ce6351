namespace Estafeta.Net.Milter;

/// <summary>The state of a milter session between the envelope, which smtpd sees, and the content, which cleanup sees.</summary>
public sealed record MilterSessionState(
    MilterActions Actions,
    MilterSteps Steps,
    IReadOnlyDictionary<MilterStage, IReadOnlyList<string>> MacroLists,
    MilterVerdict? Failure,
    bool AcceptsMessage);
