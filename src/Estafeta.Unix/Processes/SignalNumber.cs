namespace Estafeta.Unix.Processes;

/// <summary>Signals by number, as kill(2) takes them.</summary>
public static class SignalNumber
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Abort = 6;
    public const int Kill = 9;
    public const int Alarm = 14;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;
    public const int FileSize = 25;
}
