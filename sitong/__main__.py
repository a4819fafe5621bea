from sitong.console.cli import main

main()
