using System.Net.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>A connection just accepted.</summary>
/// <param name="Socket">Belongs to the session, which closes it.</param>
/// <param name="IsStressed">The service is or was lately at its limit: use the settings of <see cref="ServiceContext.StressParameters"/>.</param>
/// <param name="Closing">The system stops: say goodbye as soon as the peer is waited for.</param>
public readonly record struct SessionStart(Socket Socket, bool IsStressed, CancellationToken Closing);
