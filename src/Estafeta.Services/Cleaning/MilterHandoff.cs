using Estafeta.Net.Milter;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// A milter that has seen the envelope of a message in smtpd and shall see its content in cleanup, where content gets its final form.
/// The connection stays smtpd's; while the transaction is committed cleanup speaks through it.
/// </summary>
/// <param name="Settings">Only timeouts and the default action matter from here on.</param>
/// <param name="State">From <see cref="MilterSession.Suspend"/>.</param>
/// <param name="Connection">Null when the session has none: it failed, or wants no more.</param>
/// <param name="Macros">Values of the macros of the stages to come, by name.</param>
public sealed record MilterHandoff(
    MilterSettings Settings, MilterSessionState State, MilterTransport? Connection, IReadOnlyDictionary<string, string> Macros);
